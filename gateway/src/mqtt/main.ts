import {
  addProcessMetrics,
  createLog,
  createRegistry,
  runMain,
  serveStatus,
  stopOnSignal,
} from '@plumbline/telemetry';
import { addForwarderMetrics } from '../forward/metrics.ts';
import { openForwarding } from '../forward/open.ts';
import { startBridge } from './bridge.ts';
import { BRIDGE_HELP, readBridgeConfig } from './config.ts';
import { addBridgeMetrics } from './metrics.ts';

const log = createLog('gateway-mqtt', (line) => process.stdout.write(line));
await runMain(BRIDGE_HELP, async () => {
  const config = readBridgeConfig(process.env);
  const registry = createRegistry();
  let isReady = () => false;
  await serveStatus(config.statusPort, registry, () => isReady());
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (process.env.PUBSUB_EMULATOR_HOST) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const forwarding = openForwarding(config, log);
  const bridge = startBridge(config.bridge, {
    ...forwarding,
    log,
    now: Date.now,
    random: Math.random,
  });
  isReady = bridge.isSubscribed;
  addBridgeMetrics(registry, bridge);
  addForwarderMetrics(registry, forwarding.forwarder);
  addProcessMetrics(registry);
  bridge.failed.catch((error: Error) => {
    log('ERROR', error.message);
    process.exit(1);
  });
  stopOnSignal(async (graceMs) => {
    await bridge.stop(graceMs / 2);
    log('INFO', 'stopped', { ...bridge.totals() });
    await forwarding.stop(graceMs / 2);
  });
});
