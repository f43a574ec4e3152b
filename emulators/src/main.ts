import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBigQuery } from './bigquery/index.ts';
import type { Emulator } from './emulator.ts';
import { LOOPBACK } from './loopback.ts';
import { bigQueryAt, startPubSub } from './pubsub/index.ts';
import { type Publish, startStorage } from './storage/index.ts';

const HELP = `Starts emulators of Pub/Sub, BigQuery and Cloud Storage on 127.0.0.1, for any program on this machine.

  npm run emulators -- [--data-dir FOLDER]

  --data-dir FOLDER   keeps everything there, durable before each answer; without it, in memory only

Ports: PUBSUB_PORT (8085), BIGQUERY_PORT (9050), BIGQUERY_GRPC_PORT (9060), STORAGE_PORT (4443);
0 takes any free one.
Prints one export line for each on standard output, then runs until Ctrl-C.
`;

const PORTS = {
  PUBSUB_PORT: 8085,
  BIGQUERY_PORT: 9050,
  BIGQUERY_GRPC_PORT: 9060,
  STORAGE_PORT: 4443,
} as const;

const running: Emulator[] = [];
let isStopping = false;
try {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) process.stdout.write(HELP);
  else await start(values['data-dir']);
} catch (error) {
  await stopAll();
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function start(dataDir: string | undefined): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopAll);
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const folder = (name: string) => (dataDir === undefined ? {} : { dataDir: join(dataDir, name) });
  // Each is told of those that it calls; Cloud Storage learns of Pub/Sub last, as the three form a ring.
  let pubsubHost = '';
  const storage = await startStorage({
    ...folder('storage'),
    port: port('STORAGE_PORT'),
    publish: (topic, message) => publish(pubsubHost, topic, message),
  });
  running.push(storage);
  const bigquery = await startBigQuery({
    ...folder('bigquery'),
    port: port('BIGQUERY_PORT'),
    grpcPort: port('BIGQUERY_GRPC_PORT'),
    storageHost: storage.host,
  });
  running.push(bigquery);
  const pubsub = await startPubSub({
    ...folder('pubsub'),
    port: port('PUBSUB_PORT'),
    bigQuery: bigQueryAt(`http://${bigquery.host}`),
  });
  running.push(pubsub);
  pubsubHost = pubsub.host;
  // Ctrl-C may have come while they were starting.
  if (isStopping) return stopAll();
  for (const { env } of running) {
    for (const [name, value] of Object.entries(env)) {
      process.stdout.write(`export ${name}=${value}\n`);
    }
  }
  process.stderr.write(
    `BigQuery's Storage Write API is at ${LOOPBACK}:${bigquery.grpcPort}. Ctrl-C stops them all.\n`,
  );
}

async function stopAll(): Promise<void> {
  isStopping = true;
  await Promise.all(running.splice(0).map((emulator) => emulator.stop()));
}

function port(name: keyof typeof PORTS): number {
  const text = process.env[name];
  if (!text) return PORTS[name];
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || 65_535 < value) {
    throw new Error(`${name} must be a whole number from 0 to 65535, got "${text}"`);
  }
  return value;
}

/** Sends a notification of a bucket to our own Pub/Sub, over its REST paths. */
async function publish(host: string, topic: string, message: Parameters<Publish>[1]) {
  const messages = [{ ...message, data: message.data.toString('base64') }];
  const response = await fetch(`http://${host}/v1/${topic}:publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  });
  if (!response.ok) throw new Error(`${topic}: ${response.status} ${await response.text()}`);
}
