import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { pubSubTopic } from '@plumbline/simulator';
import { createLog } from '@plumbline/telemetry';
import { createForwarder } from '../forward/forward.ts';
import { runMain } from '../run-main.ts';
import { buildApp } from './app.ts';
import { HTTP_HELP, readHttpConfig } from './config.ts';
import { parseDeviceKeys } from './device-keys.ts';

/** Cloud Run kills ten seconds after SIGTERM. */
const STOP_MS = 8_500;
const ANSWER_WITHIN_MS = 8_000;
const LINGER_MS = 5;

const log = createLog('gateway-http', (line) => process.stdout.write(line));
await runMain(HTTP_HELP, async () => {
  const config = readHttpConfig(process.env);
  const keys =
    config.deviceKeysFile === null
      ? []
      : parseDeviceKeys(readFileSync(config.deviceKeysFile, 'utf8'));
  // An emulator needs no credentials: without this the client looks for Google's metadata server first.
  if (process.env.PUBSUB_EMULATOR_HOST) process.env.METADATA_SERVER_DETECTION ??= 'none';
  const pubsub = new PubSub({ projectId: config.projectId });
  const forwarder = createForwarder(pubSubTopic(pubsub, config.topic), {
    maxWaiting: config.maxWaiting,
    lingerMs: LINGER_MS,
    random: Math.random,
    onTrouble: (trouble) =>
      trouble.kind === 'failed'
        ? log('WARNING', `Pub/Sub does not take readings: ${trouble.error.message}`)
        : log('INFO', 'Pub/Sub takes readings again'),
  });
  const app = buildApp({
    forwarder,
    keys,
    readingsPerSecond: config.readingsPerSecond,
    answerWithinMs: ANSWER_WITHIN_MS,
    log,
    now: Date.now,
  });
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;
  log('INFO', `gateway listens on http://${config.host}:${port}`);
  const stop = () => {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void app
      .close()
      .then(() => forwarder.stop(STOP_MS - 1_000))
      .then(() => pubsub.close())
      .then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
