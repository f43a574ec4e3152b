import {
  addProcessMetrics,
  createLog,
  createRegistry,
  runMain,
  stopOnSignal,
} from '@plumbline/telemetry';
import { type Broker, startBroker } from '../broker/broker.ts';
import { addForwarderMetrics } from '../forward/metrics.ts';
import { openForwarding } from '../forward/open.ts';
import { buildApp } from '../http/app.ts';
import { readHttpConfig } from '../http/config.ts';
import { startBridge } from '../mqtt/bridge.ts';
import { readBridgeConfig } from '../mqtt/config.ts';
import { addBridgeMetrics } from '../mqtt/metrics.ts';

const HELP = `npm run gateway -w gateway

Broker, MQTT bridge and HTTP gateway in one process, for one machine; each has a command of its own: broker, bridge, http.

  MQTT_PORT     1883, of the broker; with MQTT_URL the bridge listens to another broker, and none is started
  PORT          8070, of the HTTP gateway; /metrics tells of all three
  JOURNAL_DIR   folder that keeps the broker's sessions and messages while it is away
  the rest as --help of bridge and http says`;

const log = createLog('gateway', (line) => process.stdout.write(line));
await runMain(HELP, async () => {
  const mqttPort = process.env.MQTT_PORT || '1883';
  const ownUrl = `mqtt://127.0.0.1:${mqttPort}`;
  const bridgeConfig = readBridgeConfig({
    ...process.env,
    MQTT_URL: process.env.MQTT_URL || ownUrl,
  });
  const httpConfig = readHttpConfig(process.env);
  let broker: Broker | undefined;
  if (!process.env.MQTT_URL) {
    const journalDir = process.env.JOURNAL_DIR || null;
    broker = await startBroker({ port: Number(mqttPort), journalDir });
  }
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (process.env.PUBSUB_EMULATOR_HOST) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const forwarding = openForwarding(bridgeConfig, log);
  const { forwarder } = forwarding;
  const bridge = startBridge(bridgeConfig.bridge, {
    ...forwarding,
    log,
    now: Date.now,
    random: Math.random,
  });
  bridge.failed.catch((error: Error) => {
    log('ERROR', error.message);
    process.exit(1);
  });
  const registry = createRegistry();
  const { keys, readingsPerSecond } = httpConfig;
  const app = buildApp({
    forwarder,
    keys,
    readingsPerSecond,
    registry,
    isReady: bridge.isSubscribed,
    log,
    now: Date.now,
  });
  addBridgeMetrics(registry, bridge);
  addForwarderMetrics(registry, forwarder);
  addProcessMetrics(registry);
  await app.listen({ host: httpConfig.host, port: httpConfig.port });
  stopOnSignal(async (graceMs) => {
    await Promise.all([app.close(), bridge.stop(graceMs / 2)]);
    await forwarding.stop(graceMs / 2);
    await broker?.stop();
  });
});
