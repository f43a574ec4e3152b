import { BigQuery } from '@google-cloud/bigquery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
let emulator: BigQueryEmulator;
let bigquery: BigQuery;

beforeAll(async () => {
  emulator = await startBigQuery({ now: () => NOW });
  process.env.BIGQUERY_EMULATOR_HOST = emulator.env.BIGQUERY_EMULATOR_HOST;
  bigquery = new BigQuery({ projectId: 'demo' });
  await bigquery.createDataset('iot_data', { labels: { team: 'sensors' } });
  await bigquery.dataset('iot_data').createTable('readings_raw', {
    description: 'every reading as it came',
    schema: [
      { name: 'reading_id', type: 'STRING', mode: 'REQUIRED', description: 'made by the producer' },
      { name: 'device_id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'measured_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
      { name: 'received_at', type: 'TIMESTAMP' },
      { name: 'message_id', type: 'STRING' },
      { name: 'temperature', type: 'FLOAT64' },
      { name: 'humidity', type: 'FLOAT64' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      {
        name: 'place',
        type: 'RECORD',
        fields: [
          { name: 'building', type: 'STRING' },
          { name: 'floor', type: 'INT64' },
        ],
      },
    ],
    timePartitioning: { type: 'DAY', field: 'measured_at' },
    clustering: { fields: ['device_id'] },
  });
});
afterAll(() => emulator.stop());

const table = () => bigquery.dataset('iot_data').table('readings_raw');

function reading(id: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    reading_id: id,
    device_id: 'd1',
    measured_at: '2026-01-01T10:00:00Z',
    temperature: 20.5,
    humidity: 40,
    ...more,
  };
}

test('a table comes back with the schema and options it was made with', async () => {
  const [metadata] = await table().getMetadata();
  expect(metadata).toMatchObject({
    description: 'every reading as it came',
    timePartitioning: { type: 'DAY', field: 'measured_at' },
    clustering: { fields: ['device_id'] },
    tableReference: { projectId: 'demo', datasetId: 'iot_data', tableId: 'readings_raw' },
  });
  expect(metadata.schema.fields[0]).toMatchObject({
    name: 'reading_id',
    mode: 'REQUIRED',
    description: 'made by the producer',
  });
});

test('inserted rows are read back with their types', async () => {
  await table().insert([reading('a', { tags: ['x', 'y'], place: { building: 'A', floor: 3 } })]);
  const [rows] = await table().getRows();
  expect(rows[0]).toMatchObject({
    reading_id: 'a',
    temperature: 20.5,
    tags: ['x', 'y'],
    place: { building: 'A', floor: 3 },
  });
  expect(rows[0].measured_at.value).toBe('2026-01-01T10:00:00.000Z');
});

test('one bad row stops the others, and each is named', async () => {
  const rows = [
    reading('b'),
    reading('c', { temperature: 'warm' }),
    reading('d', { colour: 'red' }),
  ];
  const error = await table()
    .insert(rows)
    .then(
      () => undefined,
      (cause) => cause,
    );
  expect(error.name).toBe('PartialFailureError');
  expect(error.errors.map((each: { errors: unknown[] }) => each.errors)).toEqual([
    [{ message: 'Cannot convert value to floating point (bad value): warm', reason: 'invalid' }],
    [{ message: 'no such field: colour.', reason: 'invalid' }],
    [{ message: '', reason: 'stopped' }],
  ]);
  const [[{ n }]] = await bigquery.query(
    'SELECT COUNT(*) AS n FROM iot_data.readings_raw WHERE reading_id IN ("b", "c", "d")',
  );
  expect(n).toBe(0);
});

test('skipInvalidRows keeps the good rows', async () => {
  const rows = [
    reading('e'),
    reading('f', { measured_at: 'noon' }),
    { ...reading('g'), device_id: null },
  ];
  const error = await table()
    .insert(rows, { skipInvalidRows: true })
    .then(
      () => undefined,
      (cause) => cause,
    );
  expect(error.errors).toHaveLength(2);
  const [found] = await bigquery.query(
    "SELECT reading_id FROM iot_data.readings_raw WHERE reading_id IN ('e', 'f', 'g')",
  );
  expect(found).toEqual([{ reading_id: 'e' }]);
});

test('an insertId is taken once, in one request and over several', async () => {
  const row = { insertId: 'i1', json: reading('h') };
  await table().insert([row, row], { raw: true });
  await table().insert([row], { raw: true });
  const [found] = await bigquery.query(
    "SELECT reading_id FROM iot_data.readings_raw WHERE reading_id = 'h'",
  );
  expect(found).toHaveLength(1);
});

test('parameters of every kind arrive', async () => {
  const [[row]] = await bigquery.query({
    query: `SELECT @s AS s, @i AS i, @f AS f, @b AS b, @t AS t, @d AS d, @a AS a, @o.x AS x,
      'a' IN UNNEST(@a) AS has, TIMESTAMP_SUB(@t, INTERVAL 15 MINUTE) AS earlier`,
    params: {
      s: "it's",
      i: 7,
      f: 1.5,
      b: true,
      t: BigQuery.timestamp('2026-01-01T10:00:00Z'),
      d: BigQuery.date('2026-01-01'),
      a: ['a', 'b'],
      o: { x: 1 },
    },
  });
  expect(row).toMatchObject({ s: "it's", i: 7, f: 1.5, b: true, a: ['a', 'b'], x: 1, has: true });
  expect(row.earlier.value).toBe('2026-01-01T09:45:00.000Z');
  expect(row.d.value).toBe('2026-01-01');
});

test('a result of many rows comes page by page', async () => {
  const query = 'SELECT x FROM UNNEST(GENERATE_ARRAY(1, 25000)) AS x ORDER BY x';
  const [rows] = await bigquery.query(query);
  expect(rows).toHaveLength(25000);
  expect(rows[24999]).toEqual({ x: 25000 });
  const [job] = await bigquery.createQueryJob(query);
  const [some] = await job.getQueryResults({ maxResults: 10, autoPaginate: false });
  expect(some).toHaveLength(10);
});

test('a MERGE counts what it changed, and the second run changes nothing new', async () => {
  await bigquery.query('CREATE OR REPLACE TABLE iot_data.totals (device_id STRING, n INT64)');
  const query = `MERGE iot_data.totals AS t
    USING (SELECT device_id, COUNT(*) AS n FROM iot_data.readings_raw GROUP BY device_id) AS s
    ON t.device_id IS NOT DISTINCT FROM s.device_id
    WHEN MATCHED THEN UPDATE SET n = s.n
    WHEN NOT MATCHED THEN INSERT (device_id, n) VALUES (s.device_id, s.n)`;
  const [first] = await bigquery.createQueryJob(query);
  await first.getQueryResults();
  const [second] = await bigquery.createQueryJob(query);
  await second.getQueryResults();
  const [metadata] = await second.getMetadata();
  expect(metadata.statistics.query).toMatchObject({
    statementType: 'MERGE',
    numDmlAffectedRows: '1',
    dmlStats: { updatedRowCount: '1', insertedRowCount: '0' },
  });
});

test('what is not known to be right is refused by name and place', async () => {
  const error = await bigquery.query('SELECT 1,\n  SOUNDEX("a")').then(
    () => undefined,
    (cause) => cause,
  );
  expect(error.code).toBe(400);
  expect(error.errors[0].reason).toBe('invalidQuery');
  expect(error.message).toContain(
    'Function is not supported by the local emulator: SOUNDEX at [2:3]',
  );
});

test('a dry run tells the schema and the bytes and runs nothing', async () => {
  const [job] = await bigquery.createQueryJob({
    query: 'SELECT reading_id FROM iot_data.readings_raw',
    dryRun: true,
  });
  expect(Number(job.metadata.statistics.totalBytesProcessed)).toBeGreaterThan(0);
  expect(job.metadata.statistics.query.schema.fields[0]).toMatchObject({
    name: 'reading_id',
    type: 'STRING',
  });
});
