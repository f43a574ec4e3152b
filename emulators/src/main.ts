import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBigQuery } from './bigquery/index.ts';
import type { Emulator } from './emulator.ts';
import { startPubSub } from './pubsub/index.ts';
import { type Publish, startStorage } from './storage/index.ts';

const HELP = `Starts emulators of Pub/Sub, BigQuery and Cloud Storage on 127.0.0.1, for any program on this machine.

  npm run emulators -- [--data-dir FOLDER]

  --data-dir FOLDER   keeps buckets, objects, datasets and tables there; without it, and for Pub/Sub, memory only

Ports: PUBSUB_PORT (8085), BIGQUERY_PORT (9050), STORAGE_PORT (4443); 0 takes any free one.
Prints one export line for each on standard output, then runs until Ctrl-C.
`;

const PORTS = { PUBSUB_PORT: 8085, BIGQUERY_PORT: 9050, STORAGE_PORT: 4443 } as const;

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
  const pubsub = await startPubSub({ port: port('PUBSUB_PORT') });
  running.push(pubsub);
  running.push(
    await startBigQuery({
      port: port('BIGQUERY_PORT'),
      ...(dataDir !== undefined && { file: join(dataDir, 'bigquery.duckdb') }),
    }),
  );
  running.push(
    await startStorage({
      port: port('STORAGE_PORT'),
      publish: publishTo(pubsub),
      ...(dataDir !== undefined && { dataDir: join(dataDir, 'storage') }),
    }),
  );
  // Ctrl-C may have come while they were starting.
  if (isStopping) return stopAll();
  for (const { env } of running) {
    for (const [name, value] of Object.entries(env)) {
      process.stdout.write(`export ${name}=${value}\n`);
    }
  }
  process.stderr.write('Ready. Ctrl-C stops them.\n');
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

/** Sends notifications of buckets to our own Pub/Sub, over its REST paths. */
function publishTo(pubsub: Emulator): Publish {
  return async (topic, { data, attributes }) => {
    const response = await fetch(`http://${pubsub.host}/v1/${topic}:publish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ data: data.toString('base64'), attributes }] }),
    });
    if (!response.ok) throw new Error(`${topic}: ${response.status} ${await response.text()}`);
  };
}
