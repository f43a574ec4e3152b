import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { startBigQuery } from '../../src/bigquery/index.ts';
import { freshEmulator } from './fresh-emulator.ts';
import { ask } from './rest.ts';

const { rows, message, rest: call, url } = freshEmulator();

const rest = (method: string, path: string, body?: object) =>
  call(method, `/datasets/d/routines${path}`, body);

describe('SQL functions', () => {
  test('are found by every form of their name, and coerce as their types say', async () => {
    await rows('CREATE FUNCTION d.scaled(x FLOAT64, factor INT64) RETURNS FLOAT64 AS (x * factor)');
    expect(
      await rows('SELECT d.scaled(2, 3), demo.d.scaled(1.5, 2), `demo.d.scaled`(1, 1)'),
    ).toEqual([[6, 3, 1]]);
    expect(await rows('SELECT d.scaled(NULL, 3), d.scaled(2, NULL)')).toEqual([[null, null]]);
    expect(await message("SELECT d.scaled('2', 3)")).toBe(
      'No matching signature for function d.scaled for argument types: STRING, INT64. Supported signature: d.scaled(FLOAT64, INT64) at [1:8]',
    );
    expect(await message('SELECT d.nothing(1)')).toBe('Function not found: d.nothing at [1:8]');
    expect(await message('SELECT SAFE.d.scaled(1, 2)')).toContain('does not support SAFE');
  });

  test('take their arguments for values: columns of a subquery win over parameters', async () => {
    await rows('CREATE TABLE d.t (x INT64, y INT64)');
    await rows('INSERT d.t VALUES (1, 10), (2, 20)');
    await rows(
      'CREATE FUNCTION d.sum_to(x INT64, most INT64) AS ((SELECT SUM(x) FROM d.t WHERE y <= most))',
    );
    expect(await rows('SELECT y, d.sum_to(100, y) FROM d.t ORDER BY y')).toEqual([
      ['10', '1'],
      ['20', '3'],
    ]);
  });

  test('work on aggregates, windows and in every clause', async () => {
    await rows('CREATE FUNCTION d.twice(x ANY TYPE) AS (x + x)');
    expect(
      await rows(`SELECT d.twice(k) AS g, d.twice(SUM(v)), SUM(d.twice(v)) FROM
        UNNEST([STRUCT(1 AS k, 2.5 AS v), (1, 3.0), (2, 1.0)]) GROUP BY g HAVING d.twice(COUNT(*)) > 2`),
    ).toEqual([['2', 11, 11]]);
    expect(
      await rows(
        'SELECT d.twice(ROW_NUMBER() OVER (ORDER BY x)) FROM UNNEST([5, 6]) AS x ORDER BY 1',
      ),
    ).toEqual([['2'], ['4']]);
    await rows('CREATE FUNCTION d.four(x INT64) AS (d.twice(d.twice(x)))');
    expect(await rows('SELECT d.four(3)')).toEqual([['12']]);
  });

  test('are refused where their text is wrong, before anyone calls them', async () => {
    expect(await message('CREATE FUNCTION d.f(x INT64) AS (y)')).toContain('Unrecognized name: y');
    expect(await message('CREATE FUNCTION d.f(x INT64) AS (SUM(x))')).toContain(
      'Aggregate function SUM not allowed in SQL function body',
    );
    expect(await message('CREATE FUNCTION d.f(x INT64) RETURNS DATE AS (x)')).toContain(
      'declared to return DATE but the function body produces type INT64',
    );
    expect(
      await message('CREATE FUNCTION d.f(x INT64) RETURNS INT64 LANGUAGE js AS "return x"'),
    ).toMatch(/not supported by the local emulator: LANGUAGE JS at \[1:44\]/);
    expect(await message('CREATE FUNCTION d.f(x INT64) AS (@p + x)')).toContain("'p' not found");
    await rows('CREATE FUNCTION d.f(x INT64) AS (x)');
    expect(await message('CREATE FUNCTION d.f(x INT64) AS (x + 1)')).toBe(
      'Already Exists: Routine demo:d.f',
    );
    await rows('CREATE FUNCTION IF NOT EXISTS d.f(x INT64) AS (x + 1)');
    expect(await rows('SELECT d.f(1)')).toEqual([['1']]);
    await rows('CREATE OR REPLACE FUNCTION d.f(x INT64) AS (x + 1)');
    expect(await rows('SELECT d.f(1)')).toEqual([['2']]);
    expect(await message('CREATE OR REPLACE FUNCTION d.f(x INT64) AS (d.f(x))')).toContain(
      'calls itself',
    );
  });

  test('never give an answer that evaluating the argument once would not give', async () => {
    await rows('CREATE FUNCTION d.same(x FLOAT64) AS (x = x)');
    expect(await message('SELECT d.same(RAND())')).toContain(
      'is not supported by the local emulator',
    );
    await rows(
      'CREATE FUNCTION d.inner(x INT64) AS ((SELECT x + MAX(n) FROM UNNEST([1, 2]) AS n))',
    );
    expect(await message('SELECT d.inner(SUM(n)) FROM UNNEST([1, 2]) AS n')).toContain(
      'Aggregate as argument of a function with a subquery is not supported',
    );
  });

  test('TEMP functions live as long as their query or script', async () => {
    expect(
      await rows(`CREATE TEMP FUNCTION half(x ANY TYPE) AS (x / 2);
        CREATE TEMPORARY FUNCTION quarter(x INT64) AS (Half(half(x)));
        SELECT quarter(10)`),
    ).toEqual([[2.5]]);
    expect(
      await rows(`DECLARE n INT64 DEFAULT 4;
        CREATE TEMP FUNCTION square(x INT64) AS (x * x);
        SET n = square(n);
        SELECT square(n)`),
    ).toEqual([['256']]);
    expect(await message('SELECT half(1)')).toContain('not supported by the local emulator: HALF');
    expect(await message('CREATE TEMP FUNCTION d.f() AS (1); SELECT 1')).toContain(
      'may not be qualified',
    );
    await rows('CREATE VIEW d.v AS SELECT 1 AS x');
    expect(
      await message('CREATE TEMP FUNCTION f() AS (1); CREATE VIEW d.w AS SELECT f() AS x'),
    ).toContain('not supported by the local emulator: F');
  });
});

describe('table functions', () => {
  beforeEach(async () => {
    await rows('CREATE TABLE d.t (day DATE, v INT64) PARTITION BY day');
    await rows("INSERT d.t VALUES ('2026-01-01', 1), ('2026-01-02', 2), ('2026-01-03', 3)");
  });

  test('give the rows of their query, and prune by their arguments', async () => {
    await rows('CREATE TABLE FUNCTION d.since(start DATE) AS SELECT * FROM d.t WHERE day >= start');
    expect(await rows("SELECT v FROM d.since('2026-01-02') ORDER BY v")).toEqual([['2'], ['3']]);
    expect(
      await rows(
        "SELECT a.v, b.v AS w FROM d.since(DATE '2026-01-03') AS a JOIN d.t AS b ON b.v < a.v ORDER BY 2",
      ),
    ).toEqual([
      ['3', '1'],
      ['3', '2'],
    ]);
    const price = async (sql: string): Promise<number> => {
      const body = JSON.stringify({ query: sql, useLegacySql: false, dryRun: true });
      const response = await fetch(`${url()}/projects/demo/queries`, { method: 'POST', body });
      return Number(
        ((await response.json()) as { totalBytesProcessed: string }).totalBytesProcessed,
      );
    };
    expect(await price("SELECT v FROM d.since('2026-01-03')")).toBe(16);
    expect(await price("SELECT v FROM d.since('2026-01-01')")).toBe(48);
  });

  test('declare their columns by name and type', async () => {
    await rows(`CREATE TABLE FUNCTION d.f(least INT64) RETURNS TABLE<total FLOAT64, day DATE>
      AS (SELECT day, SUM(v) AS total FROM d.t WHERE v >= least GROUP BY day)`);
    expect(await rows('SELECT * FROM d.f(3)')).toEqual([[3, '2026-01-03']]);
    expect(
      await message('CREATE TABLE FUNCTION d.g() RETURNS TABLE<a INT64> AS SELECT 1 AS b'),
    ).toContain('Required column a is not in the query of the function');
    expect(await message('SELECT * FROM d.none(1)')).toContain(
      'Table-valued function not found: d.none',
    );
    expect(await message('SELECT * FROM d.t, d.f(d.t.v)')).toContain('Unrecognized name');
    expect(
      await message('CREATE TABLE FUNCTION d.g(t TABLE<a INT64>) AS SELECT * FROM t'),
    ).toContain('Parameter is not supported by the local emulator: t TABLE');
  });
});

describe('routines over REST', () => {
  const FUNCTION = {
    routineReference: { projectId: 'demo', datasetId: 'd', routineId: 'f' },
    routineType: 'SCALAR_FUNCTION',
    language: 'SQL',
    arguments: [
      { name: 'xs', dataType: { typeKind: 'ARRAY', arrayElementType: { typeKind: 'INT64' } } },
    ],
    returnType: { typeKind: 'INT64' },
    definitionBody: '(SELECT SUM(x) FROM UNNEST(xs) AS x)',
  };

  test('insert, get, list, update, delete', async () => {
    expect(await rest('POST', '', FUNCTION)).toMatchObject({ status: 200, body: FUNCTION });
    expect(await rest('POST', '', FUNCTION)).toMatchObject({ status: 409 });
    expect(await rows('SELECT d.f([1, 2, 3])')).toEqual([['6']]);
    await rows('CREATE TABLE FUNCTION d.g() AS SELECT 1 AS x');
    expect(await rest('GET', '')).toMatchObject({
      body: {
        routines: [
          { routineReference: { routineId: 'f' }, routineType: 'SCALAR_FUNCTION' },
          { routineReference: { routineId: 'g' }, routineType: 'TABLE_VALUED_FUNCTION' },
        ],
      },
    });
    expect((await rest('GET', '?filter=routineType:SCALAR_FUNCTION')).body.routines).toHaveLength(
      1,
    );
    await rest('PUT', '/f', { ...FUNCTION, definitionBody: 'ARRAY_LENGTH(xs)' });
    expect(await rows('SELECT d.f([1, 2, 3])')).toEqual([['3']]);
    expect(await rest('GET', '/f')).toMatchObject({ body: { definitionBody: 'ARRAY_LENGTH(xs)' } });
    expect(await rest('DELETE', '/f')).toMatchObject({ status: 204 });
    expect(await rest('GET', '/f')).toMatchObject({
      status: 404,
      body: { error: { message: 'Not found: Routine demo:d.f' } },
    });
    await rows('DROP TABLE FUNCTION d.g');
    expect(await rest('GET', '')).toMatchObject({ body: { routines: [] } });
  });

  test('a wrong text, another language and unknown types are refused', async () => {
    expect(await rest('POST', '', { ...FUNCTION, definitionBody: 'xs + 1' })).toMatchObject({
      status: 400,
    });
    expect(await rest('POST', '', { ...FUNCTION, language: 'JAVASCRIPT' })).toMatchObject({
      status: 501,
      body: { error: { message: expect.stringContaining('LANGUAGE JAVASCRIPT') } },
    });
    expect(
      await rest('POST', '', { ...FUNCTION, returnType: { typeKind: 'GEOGRAPHY' } }),
    ).toMatchObject({ status: 501 });
  });

  test('INFORMATION_SCHEMA.ROUTINES lists them, and a dataset is not empty with one', async () => {
    await rest('POST', '', FUNCTION);
    expect(
      await rows(
        'SELECT routine_name, routine_type, data_type, routine_body, routine_definition FROM d.INFORMATION_SCHEMA.ROUTINES',
      ),
    ).toEqual([['f', 'FUNCTION', 'INT64', 'SQL', FUNCTION.definitionBody]]);
    expect(await message('DROP SCHEMA d')).toContain('is still in use');
    expect(await message('DROP PROCEDURE d.f')).toContain('which has type SCALAR_FUNCTION');
    await rows('DROP FUNCTION d.f');
    await rows('DROP FUNCTION IF EXISTS d.f');
    await rows('DROP SCHEMA d');
  });
});

test('routines are there after a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bigquery-routines-'));
  try {
    const before = await startBigQuery({ dataDir });
    await ask(before.env.BIGQUERY_EMULATOR_HOST ?? '', 'CREATE SCHEMA d');
    await ask(before.env.BIGQUERY_EMULATOR_HOST ?? '', 'CREATE FUNCTION d.f(x INT64) AS (x + 1)');
    await before.stop();
    const after = await startBigQuery({ dataDir });
    expect(await ask(after.env.BIGQUERY_EMULATOR_HOST ?? '', 'SELECT d.f(1)')).toEqual({
      rows: [['2']],
    });
    await after.stop();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
