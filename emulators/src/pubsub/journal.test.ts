import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { StateEvent } from './events.ts';
import { startPubSub } from './index.ts';
import { Journal } from './journal.ts';

const FIXTURES = join(import.meta.dirname, '../../conformance/pubsub/fixtures');

function directory(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'pubsub-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

// Written by version 1 of the format and never changed since: a log of 2026 must load for ever.
test.each(['log-v1-grown.txt', 'log-v1-compacted.txt'])('%s still loads', async (fixture) => {
  const dataDir = directory();
  copyFileSync(join(FIXTURES, fixture), join(dataDir, 'pubsub.log'));
  const emulator = await startPubSub({ dataDir, now: () => Date.parse('2026-11-20T12:00:00Z') });
  onTestFinished(() => emulator.stop());
  const ask = async (path: string) =>
    (await (await fetch(`http://${emulator.host}/v1/projects/p/${path}`)).json()) as never;
  expect(await ask('topics')).toMatchObject({
    topics: [{ name: 'projects/p/topics/readings', messageRetentionDuration: '600s' }],
  });
  expect(emulator.backlog('projects/p/subscriptions/store').size).toBe(1);
  expect(emulator.backlog('projects/p/subscriptions/push').size).toBe(3);
  expect(await ask('snapshots')).toMatchObject({
    snapshots: [{ name: 'projects/p/snapshots/both' }],
  });
  expect(await ask('schemas')).toMatchObject({ schemas: [{ type: 'AVRO' }] });
  expect(await ask('topics/readings:getIamPolicy')).toMatchObject({
    bindings: [{ role: 'roles/viewer' }],
  });
});

test('a log that grew is rewritten as the state that it gives, and loses nothing meanwhile', async () => {
  const dataDir = directory();
  const journal = await Journal.open(dataDir, 2000);
  let latest: StateEvent = { kind: 'numbered', lastMessageId: 0 };
  await journal.begin(() => [latest]);
  for (let lastMessageId = 1; lastMessageId <= 1000; lastMessageId += 1) {
    latest = { kind: 'numbered', lastMessageId };
    journal.append(latest);
    if (lastMessageId % 10 === 0) await journal.flushed();
  }
  await journal.close();
  expect(statSync(join(dataDir, 'pubsub.log')).size).toBeLessThan(4000);
  const again = await Journal.open(dataDir);
  onTestFinished(() => again.close());
  const events: StateEvent[] = [];
  for await (const event of again.events()) events.push(event);
  expect(events.at(-1)).toEqual(latest);
});

test('a log of another format is refused', async () => {
  const dataDir = directory();
  const header = '{"format":"pubsub-log","version":2}';
  const checksum = crc32(header).toString(16).padStart(8, '0');
  writeFileSync(join(dataDir, 'pubsub.log'), `${checksum} ${header}\n`);
  await expect(startPubSub({ dataDir })).rejects.toThrow('has another format');
});
