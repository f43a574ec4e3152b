import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from './loopback.ts';

const ANY_PORTS = {
  PUBSUB_PORT: '0',
  BIGQUERY_PORT: '0',
  BIGQUERY_GRPC_PORT: '0',
  STORAGE_PORT: '0',
};

function spawnEmulators(
  env: Record<string, string>,
  args: readonly string[] = [],
): ChildProcessByStdio<null, Readable, Readable> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Everything on a stream up to and including the line with the text. */
async function readUntil(stream: Readable, text: string): Promise<string> {
  let all = '';
  for await (const chunk of stream) {
    all += chunk;
    if (all.includes(text)) break;
  }
  return all;
}

async function hostsOf(child: { stdout: Readable }): Promise<Record<string, string>> {
  const output = await readUntil(child.stdout, 'PUBSUB_EMULATOR_HOST');
  return Object.fromEntries(
    [...output.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name, host]) => [name, host as string]),
  );
}

function clientsOf(hosts: Record<string, string>) {
  const pubsub = new PubSub({
    projectId: 'demo',
    apiEndpoint: hosts.PUBSUB_EMULATOR_HOST as string,
    emulatorMode: true,
  });
  onTestFinished(() => pubsub.close());
  const bigquery = new BigQuery({
    projectId: 'demo',
    apiEndpoint: hosts.BIGQUERY_EMULATOR_HOST as string,
  });
  const storage = new Storage({
    projectId: 'demo',
    apiEndpoint: hosts.STORAGE_EMULATOR_HOST as string,
  });
  return { pubsub, bigquery, storage };
}

test('prints what other programs export, carries notifications, and stops on SIGTERM', async () => {
  const child = spawnEmulators(ANY_PORTS);
  const hosts = await hostsOf(child);
  expect(Object.keys(hosts)).toEqual([
    'STORAGE_EMULATOR_HOST',
    'BIGQUERY_EMULATOR_HOST',
    'BIGQUERY_STORAGE_EMULATOR_HOST',
    'PUBSUB_EMULATOR_HOST',
  ]);

  const { pubsub, storage } = clientsOf(hosts);
  const [topic] = await pubsub.createTopic('changes');
  const [subscription] = await topic.createSubscription('all');
  const told = once(subscription, 'message');
  const [bucket] = await storage.createBucket('models');
  await bucket.createNotification('projects/demo/topics/changes');
  await bucket.file('current.json').save('{}');
  const [message] = await told;
  expect(message.attributes).toMatchObject({
    eventType: 'OBJECT_FINALIZE',
    objectId: 'current.json',
  });
  message.ack();
  await subscription.close();

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('with --data-dir, all that was acknowledged before kill -9 is there after', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'emulators-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const first = spawnEmulators(ANY_PORTS, ['--data-dir', dataDir]);
  const { pubsub, bigquery, storage } = clientsOf(await hostsOf(first));
  const [topic] = await pubsub.createTopic('readings');
  await topic.createSubscription('all');
  const [dataset] = await bigquery.createDataset('iot');
  const [table] = await dataset.createTable('readings', { schema: 'device:string' });
  const [bucket] = await storage.createBucket('models');
  topic.setPublishOptions({ batching: { maxMessages: 1 } });
  const published = writeUntilGone((name) => topic.publishMessage({ data: Buffer.from(name) }));
  const inserted = writeUntilGone((name) => table.insert([{ device: name }]));
  const saved = writeUntilGone((name) => bucket.file(name).save(name));
  await expect
    .poll(() => Math.min(published.size, inserted.size, saved.size), { timeout: 20_000 })
    .toBeGreaterThan(20);
  first.kill('SIGKILL');
  await once(first, 'close');

  const after = clientsOf(await hostsOf(spawnEmulators(ANY_PORTS, ['--data-dir', dataDir])));
  const subscription = after.pubsub.subscription('all');
  const missing = new Set(published);
  subscription.on('message', (message) => {
    missing.delete(String(message.data));
    message.ack();
  });
  await expect.poll(() => missing.size, { timeout: 10_000 }).toBe(0);
  await subscription.close();
  const [rows] = await after.bigquery.query('SELECT device FROM iot.readings');
  const devices = new Set(rows.map(({ device }) => device));
  expect([...inserted].filter((name) => !devices.has(name))).toEqual([]);
  const [files] = await after.storage.bucket('models').getFiles();
  const names = new Set(files.map(({ name }) => name));
  expect([...saved].filter((name) => !names.has(name))).toEqual([]);
}, 60_000);

/** Writes one name after another; those in the set were acknowledged. */
function writeUntilGone(write: (name: string) => Promise<unknown>): Set<string> {
  const acknowledged = new Set<string>();
  let isGone = false;
  onTestFinished(() => {
    isGone = true;
  });
  void (async () => {
    for (let count = 0; !isGone; count += 1) {
      await write(`x${count}`);
      acknowledged.add(`x${count}`);
    }
  })().catch(() => {});
  return acknowledged;
}

test('a taken port ends it with the port and the variable to change', async () => {
  const other = createServer();
  const taken = await listenOnLoopback(other, 0, 'none');
  onTestFinished(() => {
    other.close();
  });
  const child = spawnEmulators({ ...ANY_PORTS, STORAGE_PORT: String(taken) });
  const complaint = await readUntil(child.stderr, '\n');
  expect(complaint).toContain(`port ${taken} is in use`);
  expect(complaint).toContain('STORAGE_PORT');
  expect(await once(child, 'exit')).toEqual([1, null]);
});
