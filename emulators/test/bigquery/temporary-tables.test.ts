import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startBigQuery } from '../../src/bigquery/index.ts';
import { freshEmulator } from './fresh-emulator.ts';
import { ask } from './rest.ts';

const { rows, message, rest } = freshEmulator();

test('a temporary table lives in its script, by its bare name and by _SESSION', async () => {
  expect(
    await rows(
      'CREATE TEMP TABLE t AS SELECT 1 AS x; INSERT t VALUES (2); UPDATE _SESSION.t SET x = x * 10 WHERE TRUE; MERGE t USING (SELECT 30 AS x) AS s ON t.x = s.x WHEN NOT MATCHED THEN INSERT ROW; SELECT ARRAY_AGG(x ORDER BY x) FROM t',
    ),
  ).toEqual([[['10', '20', '30']]]);
  expect(await message('SELECT * FROM t')).toContain('must be qualified with a dataset');
  expect((await rest('GET', '/datasets?all=true')).body.datasets).toHaveLength(1);
});

test('it wins over a table of the default dataset until it is dropped', async () => {
  await rows('CREATE TABLE d.t AS SELECT "lasting" AS x');
  const script =
    'CREATE TEMPORARY TABLE t (x STRING); INSERT t VALUES ("temporary"); SELECT x FROM t; DROP TABLE t; SELECT x FROM t';
  const { body } = await rest('POST', '/queries', {
    query: script,
    useLegacySql: false,
    defaultDataset: { projectId: 'demo', datasetId: 'd' },
  });
  expect(body).toMatchObject({ rows: [{ f: [{ v: 'lasting' }] }] });
  const { jobId } = body.jobReference as { jobId: string };
  const { jobs } = (await rest('GET', `/jobs?parentJobId=${jobId}`)).body as {
    jobs: { jobReference: { jobId: string }; statistics: { query: object } }[];
  };
  const selects = jobs.filter(
    ({ statistics }) => (statistics.query as { statementType: string }).statementType === 'SELECT',
  );
  const first = await rest('GET', `/queries/${selects.at(-1)?.jobReference.jobId}`);
  expect(first.body).toMatchObject({ rows: [{ f: [{ v: 'temporary' }] }] });
});

test('scripts at the same time have their own, also in procedures and dynamic SQL', async () => {
  await rows('CREATE PROCEDURE d.p(n INT64) BEGIN INSERT t VALUES (n); END');
  const script = (n: number) =>
    `EXECUTE IMMEDIATE 'CREATE TEMP TABLE t (x INT64)'; CALL demo.d.p(${n}); CREATE OR REPLACE TEMP TABLE t AS SELECT x + 1 AS x FROM t; SELECT x FROM t`;
  const answers = await Promise.all([1, 2, 3].map((n) => rows(script(n))));
  expect(answers).toEqual([[['2']], [['3']], [['4']]]);
});

test.each([
  ['CREATE TEMP TABLE t (x INT64)', 'CREATE TEMPORARY TABLE requires a script or session at [1:1]'],
  ['SELECT 1; CREATE TEMP TABLE d.t (x INT64)', 'takes a name without a dataset, got d.t'],
  ['CREATE TEMP TABLE t (x INT64); CREATE TEMP TABLE t (x INT64)', 'Already Exists: Table demo:'],
  ['BEGIN TRANSACTION; CREATE TEMP TABLE t (x INT64)', 'DDL in a transaction'],
])('%s is a mistake', async (sql, complaint) => {
  expect(await message(sql)).toContain(complaint);
});

test('what a killed script left is gone after the next start', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'temporary-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const before = await startBigQuery({ dataDir });
  await ask(before.env.BIGQUERY_EMULATOR_HOST ?? '', 'CREATE SCHEMA _scriptleft');
  await before.stop();
  const after = await startBigQuery({ dataDir });
  onTestFinished(() => after.stop());
  expect(
    await ask(after.env.BIGQUERY_EMULATOR_HOST ?? '', 'DROP SCHEMA _scriptleft'),
  ).toMatchObject({ error: expect.stringContaining('Not found') });
});
