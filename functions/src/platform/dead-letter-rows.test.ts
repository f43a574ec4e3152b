import { gzipSync } from 'node:zlib';
import { DEFAULT_TIME_BOUNDS } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { createIngest } from '../ingest/ingest.ts';
import { createRowWriter, type Row } from './row-writer.ts';

const NOW_MS = Date.UTC(2026, 0, 5);
const LONGEST = 60_000;

test('poison that was small as gzip goes to the dead letters in requests that BigQuery takes', async () => {
  const requests: number[] = [];
  const insert = async (rows: readonly Row[]) => {
    requests.push(Buffer.byteLength(JSON.stringify(rows)));
    return [];
  };
  const effects = {
    now: () => NOW_MS,
    random: Math.random,
    sleep: async () => {},
    budget: { call() {}, take: () => true },
  };
  const writer = createRowWriter(insert, effects);
  const ingest = createIngest(DEFAULT_TIME_BOUNDS, {
    now: effects.now,
    storeReadings: writer.add,
    storeDeadLetters: writer.add,
  });
  const poison = Array.from({ length: 16 }, () => ({ temperature: 'x'.repeat(LONGEST) }));
  const data = gzipSync(JSON.stringify(poison));
  const messages = Array.from({ length: 40 }, (_, i) => ({
    data,
    messageId: String(i),
    attributes: {},
  }));
  await Promise.all(messages.map((message) => ingest(message)));
  const total = requests.reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeGreaterThan(40 * 16 * LONGEST);
  expect(Math.max(...requests)).toBeLessThan(10_000_000);
});
