#!/usr/bin/env -S node --max-semi-space-size=2 --heap-growing-percent=50
// Flags: collecting garbage more often halves what 100,000 messages add to the process, at little speed.
import { parseArgs } from 'node:util';
import { start } from './start.ts';

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

try {
  const { values } = parseArgs({
    options: { 'data-dir': { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) process.stdout.write(HELP);
  else await run(values['data-dir']);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function run(dataDir: string | undefined): Promise<void> {
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const emulators = await start({
    ...(dataDir !== undefined && { dataDir }),
    ports: {
      pubsub: port('PUBSUB_PORT'),
      bigquery: port('BIGQUERY_PORT'),
      bigqueryGrpc: port('BIGQUERY_GRPC_PORT'),
      storage: port('STORAGE_PORT'),
    },
  });
  for (const [name, value] of Object.entries(emulators.env)) {
    process.stdout.write(`export ${name}=${value}\n`);
  }
  process.stderr.write('Ctrl-C stops them all.\n');
  await stopAsked;
  await emulators.stop();
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
