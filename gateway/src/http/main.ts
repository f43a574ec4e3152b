import {
  addProcessMetrics,
  createLog,
  createRegistry,
  runMain,
  stopOnSignal,
} from '@plumbline/telemetry';
import { addForwarderMetrics } from '../forward/metrics.ts';
import { openForwarding } from '../forward/open.ts';
import { buildApp } from './app.ts';
import { HTTP_HELP, readHttpConfig } from './config.ts';

const log = createLog('gateway-http', (line) => process.stdout.write(line));
await runMain(HTTP_HELP, async () => {
  const config = readHttpConfig(process.env);
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (process.env.PUBSUB_EMULATOR_HOST) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const forwarding = openForwarding(config, log);
  const registry = createRegistry();
  const app = buildApp({
    forwarder: forwarding.forwarder,
    keys: config.keys,
    readingsPerSecond: config.readingsPerSecond,
    registry,
    log,
    now: Date.now,
  });
  addForwarderMetrics(registry, forwarding.forwarder);
  addProcessMetrics(registry);
  const address = await app.listen({ host: config.host, port: config.port });
  log('INFO', `gateway listens on ${address}`);
  stopOnSignal(async (graceMs) => {
    await app.close();
    await forwarding.stop(graceMs);
  });
});
