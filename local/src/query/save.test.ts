import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { BigQuery } from '@google-cloud/bigquery';
import { startBigQuery } from '@plumbline/emulators';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runQuery } from './run-query.ts';
import { saveRows } from './save.ts';

const QUERY = `
  SELECT 'a, "b"' AS name, 42 AS count, 0.5 AS share, TRUE AS is_late, CAST(NULL AS FLOAT64) AS missing,
    TIMESTAMP '2026-11-20 09:00:00.123456+00' AS seen_at, DATE '2026-11-20' AS day,
    ['x', 'y'] AS tags, [STRUCT('temperature' AS metric, 21.5 AS value)] AS metrics`;

const folder = mkdtempSync(join(tmpdir(), 'plumbline-save-'));
let emulator: Awaited<ReturnType<typeof startBigQuery>>;
let answer: Awaited<ReturnType<typeof runQuery>>;

beforeAll(async () => {
  emulator = await startBigQuery();
  const apiEndpoint = `http://${emulator.host}`;
  answer = await runQuery(new BigQuery({ projectId: 'save', apiEndpoint }), QUERY);
});
afterAll(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true });
});

async function saved(name: string): Promise<string> {
  const path = join(folder, name);
  await saveRows(path, answer.fields, answer.rows);
  return path;
}

test('Parquet keeps the types of the columns', async () => {
  const path = await saved('rows.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  const types = await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${path}'`);
  expect(types.getRows().map(([name, type]) => `${name} ${type}`)).toEqual([
    'name VARCHAR',
    'count BIGINT',
    'share DOUBLE',
    'is_late BOOLEAN',
    'missing DOUBLE',
    'seen_at TIMESTAMP WITH TIME ZONE',
    'day DATE',
    'tags VARCHAR[]',
    'metrics STRUCT(metric VARCHAR, "value" DOUBLE)[]',
  ]);
  const rows = await connection.runAndReadAll(
    `SELECT name, count, CAST(seen_at AS VARCHAR), tags[2], metrics[1].value FROM '${path}'`,
  );
  expect(rows.getRows()).toEqual([['a, "b"', 42n, '2026-11-20 09:00:00.123456+00', 'y', 21.5]]);
});

test('NDJSON is an object a line, CSV has a header', async () => {
  const line = JSON.parse(readFileSync(await saved('rows.ndjson'), 'utf8'));
  expect(line).toMatchObject({
    count: 42,
    seen_at: '2026-11-20T09:00:00.123456000Z',
    missing: null,
  });
  const csv = readFileSync(await saved('rows.csv'), 'utf8').split('\r\n');
  expect(csv[0]).toBe('name,count,share,is_late,missing,seen_at,day,tags,metrics');
  expect(csv[1]).toContain('"a, ""b""",42,0.5,true,');
});

test('no rows are a file with columns and no rows', async () => {
  const path = join(folder, 'none.parquet');
  await saveRows(path, answer.fields, []);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const count = await connection.runAndReadAll(`SELECT count(*), count("count") FROM '${path}'`);
  expect(count.getRows()).toEqual([[0n, 0n]]);
});

test('a name that ends otherwise is refused', async () => {
  await expect(saveRows('rows.xlsx', [], [])).rejects.toThrow('.parquet');
});
