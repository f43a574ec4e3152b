/** What is in a data directory survives the process. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

function directory(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'pubsub-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

async function start(dataDir: string) {
  const emulator = await startPubSub({ dataDir });
  onTestFinished(() => emulator.stop());
  return { emulator, ...session(emulator.host, 'kept') };
}

test('topics, backlogs, snapshots, schemas and policies are the same after a restart', async () => {
  const dataDir = directory();
  const { emulator, client, publisher, subscriber, schemas, topic, subscription, ...rest } =
    await start(dataDir);
  await publisher.createTopic({ name: topic('readings'), labels: { team: 'a' } });
  const name = subscription('all');
  await subscriber.createSubscription({ name, topic: topic('readings'), ackDeadlineSeconds: 30 });
  await rest.publish('readings', 'gone', 'kept');
  const snapshot = 'projects/kept/snapshots/both';
  await subscriber.createSnapshot({ name: snapshot, subscription: name });
  const [first] = await rest.pull('all', 1);
  await subscriber.acknowledge({ subscription: name, ackIds: [first?.ackId as string] });
  const schema = { type: 'AVRO' as const, definition: '{"type":"record","name":"R","fields":[]}' };
  await schemas.createSchema({ parent: 'projects/kept', schemaId: 'reading', schema });
  const bindings = [{ role: 'roles/viewer', members: ['user:a@example.com'] }];
  await client.topic('readings').iam.setPolicy({ bindings });
  await emulator.stop();

  const again = await start(dataDir);
  const [found] = await again.publisher.getTopic({ topic: topic('readings') });
  expect(found.labels).toEqual({ team: 'a' });
  const [received] = await again.pull('all', 1);
  expect(String(received?.message?.data)).toBe('kept');
  expect(again.emulator.backlog(name).size).toBe(1);
  const [kept] = await again.schemas.getSchema({ name: 'projects/kept/schemas/reading' });
  expect(kept.definition).toBe(schema.definition);
  const [policy] = await again.client.topic('readings').iam.getPolicy();
  expect(policy.bindings).toMatchObject(bindings);
  await again.subscriber.seek({ subscription: name, snapshot });
  expect(await again.pull('all', 2)).toHaveLength(2);
});

test('a message id is never given twice, even after all messages are gone', async () => {
  const dataDir = directory();
  const { emulator, publisher, topic, publish } = await start(dataDir);
  await publisher.createTopic({ name: topic('readings') });
  expect(await publish('readings', 'a', 'b')).toEqual(['1', '2']);
  await emulator.stop();
  const again = await start(dataDir);
  await again.emulator.stop();
  const third = await start(dataDir);
  expect(await third.publish('readings', 'c')).toEqual(['3']);
});

test('a directory is for one emulator at a time, and free again after a failed start', async () => {
  const dataDir = directory();
  const { emulator } = await start(dataDir);
  await expect(startPubSub({ dataDir })).rejects.toThrow(`${dataDir} is in use by process`);
  await emulator.stop();
  const other = await startPubSub();
  onTestFinished(() => other.stop());
  await expect(startPubSub({ dataDir, port: other.port })).rejects.toThrow('is in use');
  await start(dataDir);
});

test('nothing acknowledged to a publisher is missing after kill -9', async () => {
  const dataDir = directory();
  const main = join(import.meta.dirname, '../../conformance/pubsub/serve.main.ts');
  const child = spawn(process.execPath, [main, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const host = await new Promise<string>((resolve) =>
    child.stdout.once('data', (text) => resolve(String(text).trim())),
  );
  const { publisher, subscriber, topic, subscription, publish } = session(host, 'kept');
  await publisher.createTopic({ name: topic('readings') });
  const name = subscription('all');
  await subscriber.createSubscription({ name, topic: topic('readings') });
  const acknowledged: string[] = [];
  const publishForEver = async () => {
    for (;;) acknowledged.push(...(await publish('readings', 'a', 'b', 'c')));
  };
  // Ends with the connection; the client would try again for minutes.
  for (let count = 0; count < 8; count += 1) publishForEver().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(acknowledged.length).toBeGreaterThan(50);

  const { emulator } = await start(dataDir);
  const stored = new Set(emulator.messages(topic('readings')).map(({ messageId }) => messageId));
  expect(acknowledged.filter((messageId) => !stored.has(messageId))).toEqual([]);
  expect(emulator.backlog(name).size).toBe(stored.size);
});

test('a last line that was cut short is left out; damage before it is an error', async () => {
  const dataDir = directory();
  const { emulator, publisher, topic } = await start(dataDir);
  await publisher.createTopic({ name: topic('readings') });
  await emulator.stop();
  const log = join(dataDir, 'pubsub.log');
  const whole = readFileSync(log);
  appendFileSync(log, '12345678 {"kind":"topic-del');
  const again = await start(dataDir);
  const [topics] = await again.publisher.listTopics({ project: 'projects/kept' });
  expect(topics).toHaveLength(1);
  await again.emulator.stop();

  whole[70] = (whole[70] as number) ^ 1;
  writeFileSync(log, whole);
  await expect(startPubSub({ dataDir })).rejects.toThrow('pubsub.log is damaged at byte 45');
  rmSync(log);
  await start(dataDir);
});
