import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, DEFAULT_TIME_BOUNDS, MAX_BYTES_BILLED } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { expect, onTestFinished, test } from 'vitest';
import { createIngest } from '../../../functions/src/ingest/ingest.ts';
import { createWriteClient, storageWrite } from '../../../functions/src/platform/storage-write.ts';
import { aggregate, createWarehouse } from '../warehouse.ts';
import { deadLetters } from './dead-letters.ts';

async function startEmpty() {
  const emulator = await startBigQuery({ grpcPort: 0 });
  onTestFinished(() => emulator.stop());
  const bigquery = new BigQuery({ projectId: 'letters', apiEndpoint: `http://${emulator.host}` });
  await createWarehouse(bigquery);
  return { bigquery, grpcHost: `127.0.0.1:${emulator.grpcPort}` };
}

async function startWarehouse() {
  const { bigquery } = await startEmpty();
  const letter = (id: string, reason: string, payload: string, isTruncated = false) => ({
    dead_letter_id: id,
    received_at: new Date(Date.now() - 60_000 * Number(id)).toISOString(),
    message_id: `m${id}`,
    reading_index: 0,
    reason,
    detail: 'it was wrong',
    payload,
    is_truncated: isTruncated,
  });
  const cut = letter('3', 'not_json', '{"long', true);
  await bigquery
    .dataset(DATASET)
    .table('dead_letters')
    .insert([letter('1', 'not_json', '{'), letter('2', 'invalid_field', '{"a":1}'), cut, cut]);
  return bigquery;
}

test('dead letters are counted by reason, each once, and those that are whole are sent again', async () => {
  const letters = deadLetters(await startWarehouse());
  expect(await letters.reasons()).toMatchObject([
    { reason: 'not_json', letter_count: 2 },
    { reason: 'invalid_field', letter_count: 1 },
  ]);
  const sent: string[] = [];
  const replayed = await letters.replay({ reason: 'not_json', limit: 10 }, async (payload) =>
    sent.push(payload),
  );
  expect(replayed).toEqual({ sent: 1, truncated: 1 });
  expect(sent).toEqual(['{']);
});

test('a message that fails again later is one dead letter, with its first and last sight', async () => {
  const { bigquery, grpcHost } = await startEmpty();
  const client = createWriteClient('letters', grpcHost);
  onTestFinished(() => void client.close());
  const insert = storageWrite(client, 'letters', 'dead_letters', 5_000);
  const first = '2026-11-20T08:00:00.000Z';
  const last = '2026-11-20T09:30:00.000Z';
  let nowMs = 0;
  const ingest = createIngest(DEFAULT_TIME_BOUNDS, {
    now: () => nowMs,
    storeReadings: async () => [],
    storeDeadLetters: async (rows) => {
      // As after an answer that came too late: the same rows again.
      await insert(rows);
      await insert(rows);
      return rows.map(() => ({ stored: true }));
    },
  });
  for (const at of [last, first]) {
    nowMs = Date.parse(at);
    await ingest({ messageId: 'm', attributes: {}, data: Buffer.from('[7, 8]') });
  }
  const [stored] = await bigquery.query(`SELECT received_at FROM ${DATASET}.dead_letters`);
  expect(stored).toHaveLength(8);
  const letters = deadLetters(bigquery);
  const sight = { first_seen_at: first, last_seen_at: last, seen_count: 2 };
  const newest = await letters.newest({ limit: 10 });
  expect(newest).toMatchObject([sight, sight]);
  const id = String(newest[0]?.dead_letter_id);
  expect(await letters.find({ id, limit: 10 })).toMatchObject([{ ...sight, message_id: 'm' }]);
  expect(await letters.reasons()).toMatchObject([
    { letter_count: 2, first_seen_at: { value: first }, last_seen_at: { value: last } },
  ]);
});

test('every query of a tool says what it may be billed for at the most', async () => {
  const bigquery = await startWarehouse();
  const letters = deadLetters(bigquery);
  await letters.reasons();
  await letters.newest({ limit: 1 });
  await aggregate(bigquery, new Date());
  const [jobs] = await bigquery.getJobs();
  const limits = jobs.map(({ metadata }) => metadata.configuration.query.maximumBytesBilled);
  expect(limits.length).toBeGreaterThanOrEqual(3);
  expect(new Set(limits)).toEqual(new Set([MAX_BYTES_BILLED]));
});
