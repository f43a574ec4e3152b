import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { expect, onTestFinished, test } from 'vitest';
import { aggregate, createWarehouse } from '../warehouse.ts';
import { deadLetters } from './dead-letters.ts';

async function startWarehouse() {
  const emulator = await startBigQuery();
  onTestFinished(() => emulator.stop());
  const bigquery = new BigQuery({ projectId: 'letters', apiEndpoint: `http://${emulator.host}` });
  await createWarehouse(bigquery);
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
