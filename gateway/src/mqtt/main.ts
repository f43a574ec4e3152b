import { PubSub } from '@google-cloud/pubsub';
import { pubSubTopic } from '@plumbline/simulator';
import { addProcessMetrics, createLog, createRegistry, serveStatus } from '@plumbline/telemetry';
import { createForwarder } from '../forward/forward.ts';
import { addForwarderMetrics } from '../forward/metrics.ts';
import { type ForwardTrouble, persistentSender } from '../forward/persistent-sender.ts';
import { runMain } from '../run-main.ts';
import { startBridge } from './bridge.ts';
import { BRIDGE_HELP, readBridgeConfig } from './config.ts';
import { addBridgeMetrics } from './metrics.ts';

/** Cloud Run kills ten seconds after SIGTERM. */
const STOP_MS = 8_500;
const LINGER_MS = 5;

const log = createLog('gateway-mqtt', (line) => process.stdout.write(line));
await runMain(BRIDGE_HELP, async () => {
  const config = readBridgeConfig(process.env);
  const registry = createRegistry();
  let isReady = () => false;
  await serveStatus(config.statusPort, registry, () => isReady());
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (process.env.PUBSUB_EMULATOR_HOST) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const pubsub = new PubSub({ projectId: config.projectId });
  const onTrouble = (trouble: ForwardTrouble) =>
    trouble.kind === 'failed'
      ? log('WARNING', `Pub/Sub does not take messages: ${trouble.error.message}`)
      : log('INFO', 'Pub/Sub takes messages again');
  const forwarder = createForwarder(pubSubTopic(pubsub, config.topic), {
    maxWaiting: config.bridge.maxWaiting,
    lingerMs: LINGER_MS,
    random: Math.random,
    onTrouble,
  });
  const givingUp = new AbortController();
  const { send: deadLetter } = persistentSender(pubSubTopic(pubsub, config.deadLetterTopic), {
    random: Math.random,
    onTrouble,
    signal: givingUp.signal,
  });
  const bridge = startBridge(config.bridge, {
    forwarder,
    deadLetter,
    log,
    now: Date.now,
    random: Math.random,
  });
  isReady = bridge.isSubscribed;
  addBridgeMetrics(registry, bridge);
  addForwarderMetrics(registry, forwarder);
  addProcessMetrics(registry);
  bridge.failed.catch((error: Error) => {
    log('ERROR', error.message);
    process.exit(1);
  });
  const stop = () => {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    setTimeout(() => givingUp.abort(), STOP_MS / 2).unref();
    void bridge.stop(STOP_MS / 2).then(async () => {
      log('INFO', 'stopped', { ...bridge.totals() });
      await pubsub.close();
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
