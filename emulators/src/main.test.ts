import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnLoopback } from './loopback.ts';

const ANY_PORTS = { PUBSUB_PORT: '0', BIGQUERY_PORT: '0', STORAGE_PORT: '0' };

function spawnEmulators(
  env: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
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

test('prints what other programs export, carries notifications, and stops on SIGTERM', async () => {
  const child = spawnEmulators(ANY_PORTS);
  const output = await readUntil(child.stdout, 'STORAGE_EMULATOR_HOST');
  const hosts = Object.fromEntries(
    [...output.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name, host]) => [name, host as string]),
  );
  expect(Object.keys(hosts)).toEqual([
    'PUBSUB_EMULATOR_HOST',
    'BIGQUERY_EMULATOR_HOST',
    'STORAGE_EMULATOR_HOST',
  ]);

  const apiEndpoint = hosts.PUBSUB_EMULATOR_HOST as string;
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint, emulatorMode: true });
  onTestFinished(() => pubsub.close());
  const [topic] = await pubsub.createTopic('changes');
  const [subscription] = await topic.createSubscription('all');
  const told = once(subscription, 'message');
  const storage = new Storage({
    projectId: 'demo',
    apiEndpoint: hosts.STORAGE_EMULATOR_HOST as string,
  });
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
