import { describe, expect, test } from 'vitest';
import { freshEmulator } from './fresh-emulator.ts';

const START = Date.parse('2026-03-10T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let now = START;
const { rows, message, rest, url } = freshEmulator(() => {
  now = START;
  return { now: () => now };
});

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
    (await fetch(`${url()}/projects/demo/datasets/d/tables/t${path}`)).json();
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
  await fetch(`${url()}/projects/demo/datasets/d/tables/t`, {
    method: 'PATCH',
    body: JSON.stringify({
      timePartitioning: { type: 'DAY', field: 'ts', expirationMs: String(DAY) },
    }),
  });
  expect(await rows('SELECT COUNT(*) FROM d.t')).toEqual([['1']]);
});

describe('the defaults of a dataset', () => {
  const dataset = (id: string, defaults: object) =>
    rest('POST', '/datasets', { datasetReference: { datasetId: id }, ...defaults });
  const table = async (path: string) => (await rest('GET', `/datasets/${path}`)).body;
  const schema = { fields: [{ name: 'ts', type: 'TIMESTAMP' }] };

  test('give a new table its expiration, unless it has one of its own', async () => {
    await dataset('e', { defaultTableExpirationMs: String(2 * HOUR) });
    await rest('POST', '/datasets/e/tables', { tableReference: { tableId: 'made' }, schema });
    const own = String(START + DAY);
    const tableReference = { tableId: 'own' };
    await rest('POST', '/datasets/e/tables', { tableReference, schema, expirationTime: own });
    await rows('CREATE TABLE e.t AS SELECT 1 AS x; CREATE VIEW e.v AS SELECT x FROM e.t');
    for (const id of ['made', 't', 'v'])
      expect(await table(`e/tables/${id}`)).toMatchObject({
        expirationTime: String(START + 2 * HOUR),
      });
    expect(await table('e/tables/own')).toMatchObject({ expirationTime: own });
    now += 2 * HOUR;
    expect(await message('SELECT * FROM e.t')).toContain('Not found: Table demo:e.t');
    expect(await rows('SELECT COUNT(*) FROM e.own')).toEqual([['0']]);
  });

  test('give the partitions of a new table theirs, and the table then none', async () => {
    await rows(
      'CREATE SCHEMA e OPTIONS(default_table_expiration_days=1, default_partition_expiration_days=2)',
    );
    await rows('CREATE TABLE e.t (ts TIMESTAMP) PARTITION BY DATE(ts)');
    await rows(
      'CREATE TABLE e.own (ts TIMESTAMP) PARTITION BY DATE(ts) OPTIONS(partition_expiration_days=9)',
    );
    const made = await table('e/tables/t');
    expect(made).toMatchObject({ timePartitioning: { expirationMs: String(2 * DAY) } });
    expect(made).not.toHaveProperty('expirationTime');
    expect(await table('e/tables/own')).toMatchObject({
      timePartitioning: { expirationMs: String(9 * DAY) },
    });
    await rows("INSERT e.t VALUES ('2026-03-10'), ('2026-03-08')");
    expect(await rows('SELECT COUNT(*) FROM e.t')).toEqual([['1']]);
  });

  test('hold for tables made after them, and are refused below an hour', async () => {
    await rows('CREATE TABLE d.before (x INT64)');
    const patch = (ms: string) => rest('PATCH', '/datasets/d', { defaultTableExpirationMs: ms });
    expect(await patch('1000')).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('The minimum is 3600000') } },
    });
    await patch(String(HOUR));
    await rows('CREATE TABLE d.after (x INT64)');
    await patch('0');
    await rows('CREATE TABLE d.never (x INT64)');
    expect(await table('d/tables/before')).not.toHaveProperty('expirationTime');
    expect(await table('d/tables/after')).toHaveProperty('expirationTime', String(START + HOUR));
    expect(await table('d/tables/never')).not.toHaveProperty('expirationTime');
  });
});
