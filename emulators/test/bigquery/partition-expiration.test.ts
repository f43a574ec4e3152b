import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';
import type { Plain } from './reference.ts';
import { ask } from './rest.ts';

const START = Date.parse('2026-03-10T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let now = START;
let emulator: BigQueryEmulator;
let url: string;
beforeEach(async () => {
  now = START;
  emulator = await startBigQuery({ now: () => now });
  url = emulator.env.BIGQUERY_EMULATOR_HOST ?? '';
  await rows('CREATE SCHEMA d');
});
afterEach(() => emulator.stop());

async function rows(sql: string): Promise<Plain[][]> {
  const answer = await ask(url, sql);
  if ('error' in answer) throw new Error(`${answer.error}: ${sql}`);
  return answer.rows;
}

describe.each([
  ['TIMESTAMP', 'DATE(ts)', DAY],
  ['TIMESTAMP', 'TIMESTAMP_TRUNC(ts, HOUR)', HOUR],
  ['DATETIME', 'DATETIME_TRUNC(ts, DAY)', DAY],
  ['DATE', 'ts', DAY],
])('%s partitioned by %s', (type, partition, unitMs) => {
  test('a partition is gone when its start plus the expiration is past', async () => {
    await rows(
      `CREATE TABLE d.t (ts ${type}, n INT64) PARTITION BY ${partition} OPTIONS(partition_expiration_days=2)`,
    );
    // The partition that the clock is in, and the ones before and after it.
    const unit = unitMs === DAY ? 'DAY' : 'HOUR';
    const steps = type === 'DATE' || unit === 'DAY' ? [-1, 0, 1] : [-24, 0, 24];
    for (const [index, step] of steps.entries()) {
      const at = new Date(START + step * (unit === 'DAY' ? DAY : HOUR)).toISOString();
      const value = type === 'TIMESTAMP' ? at : type === 'DATE' ? at.slice(0, 10) : at.slice(0, 19);
      await rows(`INSERT d.t VALUES ('${value}', ${index})`);
    }
    const left = async () => (await rows('SELECT n FROM d.t ORDER BY n')).flat();
    expect(await left()).toEqual(['0', '1', '2']);
    const first =
      Math.floor((START + (steps[0] ?? 0) * (unit === 'DAY' ? DAY : HOUR)) / unitMs) * unitMs;
    now = first + 2 * DAY - 1;
    expect(await left()).toEqual(['0', '1', '2']);
    now = first + 2 * DAY;
    expect(await left()).toEqual(['1', '2']);
    now += 30 * DAY;
    expect(await left()).toEqual([]);
  });
});

test('nobody sees an expired partition: not a script, a transaction, a listing nor the table', async () => {
  await rows(
    'CREATE TABLE d.t (ts TIMESTAMP, n INT64) PARTITION BY DATE(ts) OPTIONS(partition_expiration_days=1)',
  );
  const insert = () => rows(`INSERT d.t VALUES ('${new Date(now).toISOString()}', 1)`);
  const get = async (path: string): Promise<unknown> =>
    (await fetch(`${url}/projects/demo/datasets/d/tables/t${path}`)).json();
  await insert();
  expect(await get('')).toMatchObject({ numRows: '1' });
  now += 3 * DAY;
  expect(await get('')).toMatchObject({ numRows: '0' });
  await insert();
  now += 3 * DAY;
  expect(await get('/data')).toMatchObject({ totalRows: '0', rows: [] });
  await insert();
  now += 3 * DAY;
  expect(await rows('DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM d.t); SELECT n')).toEqual([
    ['0'],
  ]);
  await insert();
  now += 3 * DAY;
  expect(await rows('BEGIN TRANSACTION; SELECT COUNT(*) FROM d.t; COMMIT TRANSACTION')).toEqual([
    ['0'],
  ]);
});

test('a change of the expiration holds at once, and without one rows stay', async () => {
  await rows('CREATE TABLE d.t (ts TIMESTAMP) PARTITION BY DATE(ts)');
  await rows("INSERT d.t VALUES ('2001-01-01'), ('2026-03-10')");
  expect(await rows('SELECT COUNT(*) FROM d.t')).toEqual([['2']]);
  await fetch(`${url}/projects/demo/datasets/d/tables/t`, {
    method: 'PATCH',
    body: JSON.stringify({
      timePartitioning: { type: 'DAY', field: 'ts', expirationMs: String(DAY) },
    }),
  });
  expect(await rows('SELECT COUNT(*) FROM d.t')).toEqual([['1']]);
});
