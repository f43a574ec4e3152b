import { describe, expect, test } from 'vitest';
import { freshEmulator } from './fresh-emulator.ts';

const { rows, message, url } = freshEmulator();

describe('loops and branches', () => {
  test.each([
    [
      'LOOP, BREAK, CONTINUE',
      'DECLARE x, y INT64 DEFAULT 0; LOOP SET x = x + 1; IF x = 2 THEN CONTINUE; END IF; IF x > 4 THEN BREAK; END IF; SET y = y + x; END LOOP; SELECT x, y',
      ['5', '8'],
    ],
    [
      'WHILE, LEAVE, ITERATE',
      'DECLARE x, y INT64 DEFAULT 0; WHILE x < 10 DO SET x = x + 1; IF MOD(x, 2) = 0 THEN ITERATE; END IF; IF x = 7 THEN LEAVE; END IF; SET y = y + 1; END WHILE; SELECT x, y',
      ['7', '3'],
    ],
    [
      'REPEAT runs once at least',
      'DECLARE x INT64 DEFAULT 100; REPEAT SET x = x + 1; UNTIL x > 5 END REPEAT; SELECT x',
      ['101'],
    ],
    [
      'FOR goes over the rows of a query in its order',
      "DECLARE s STRING DEFAULT ''; FOR r IN (SELECT n, CHR(96 + n) AS c FROM UNNEST([2, 1, 3]) AS n ORDER BY n DESC) DO SET s = s || r.c || CAST(r.n AS STRING); END FOR; SELECT s",
      ['c3b2a1'],
    ],
    [
      'CASE with an operand',
      "DECLARE s STRING; CASE 2 WHEN 1 THEN SET s = 'one'; WHEN 2 THEN SET s = 'two'; ELSE SET s = 'more'; END CASE; SELECT s",
      ['two'],
    ],
    [
      'CASE without an operand; a condition that is NULL does not hold',
      "DECLARE s STRING; CASE WHEN s = 'x' THEN SET s = 'null'; WHEN TRUE THEN SET s = 'true'; END CASE; SELECT s",
      ['true'],
    ],
    [
      'BREAK and CONTINUE of a loop further out, by its label',
      'DECLARE x, y INT64 DEFAULT 0; outer_loop: LOOP SET x = x + 1; WHILE TRUE DO SET y = y + 1; IF x < 3 THEN CONTINUE Outer_Loop; END IF; BREAK outer_loop; END WHILE; SET y = 100; END LOOP outer_loop; SELECT x, y',
      ['3', '3'],
    ],
    [
      'LEAVE of a block and of FOR by label, REPEAT goes on by its own',
      "DECLARE s STRING DEFAULT ''; b: BEGIN f: FOR r IN (SELECT n FROM UNNEST([1, 2, 3]) AS n ORDER BY n) DO rep: REPEAT SET s = s || CAST(r.n AS STRING); ITERATE rep; UNTIL TRUE END REPEAT rep; IF r.n = 2 THEN LEAVE f; END IF; END FOR; LEAVE b; SET s = 'no'; END b; SELECT s",
      ['12'],
    ],
    ['RETURN ends the script', 'SELECT 1 AS x; RETURN; SELECT 2 AS x', ['1']],
    [
      'SET of several variables at once',
      'DECLARE a, b INT64; DECLARE c STRING; SET (a, b, c) = (SELECT AS STRUCT 1, 2, "x"); SET (a, b) = (b, a); SELECT a, b, c',
      ['2', '1', 'x'],
    ],
  ])('%s', async (_, script, row) => {
    expect(await rows(script)).toEqual([row]);
  });

  test.each([
    ['BREAK', 'BREAK without a label is only allowed inside of a loop body'],
    ['IF TRUE THEN CONTINUE; END IF', 'CONTINUE without a label is only allowed'],
    ['a: LOOP BREAK b; END LOOP', 'BREAK to a label that is not around it: b'],
    ['a: BEGIN CONTINUE a; END', 'CONTINUE to a label that is no loop'],
    ['a: LOOP BREAK; END LOOP c', 'Mismatched end label; expected a'],
    ['a: LOOP a: LOOP BREAK; END LOOP; END LOOP', 'Label a is taken'],
    ['a: SELECT 1', 'Expected keyword BEGIN, FOR, LOOP, REPEAT or WHILE'],
  ])('%s is a mistake', async (script, complaint) => {
    expect(await message(script)).toContain(complaint);
  });

  test('a loop without end is stopped', async () => {
    expect(await message('LOOP BEGIN END; END LOOP')).toBe(
      'The script ran more than 10000 statements',
    );
  });
});

describe('variables', () => {
  test('live in their block, and have one meaning at a time', async () => {
    expect(await message('BEGIN DECLARE x INT64 DEFAULT 1; END; SELECT x')).toContain(
      'Unrecognized name: x',
    );
    expect(
      await rows(
        'DECLARE x INT64 DEFAULT 1; BEGIN DECLARE y INT64 DEFAULT x + 1; SET x = y; END; SELECT x',
      ),
    ).toEqual([['2']]);
    expect(await message('DECLARE x INT64; BEGIN DECLARE X INT64; END')).toContain(
      "Variable 'X' redeclaration is not allowed",
    );
    expect(await message('SELECT 1; DECLARE x INT64')).toContain(
      'Variable declarations are allowed only at the start of a block or script',
    );
    expect(await message('SET x = 1; SELECT 1')).toContain('Undeclared variable: x');
  });

  test('are constants: a query is priced by the partitions that they leave', async () => {
    await rows('CREATE TABLE d.day (ts TIMESTAMP, v INT64) PARTITION BY DATE(ts)');
    await rows(
      'CREATE TABLE d.hour (ts TIMESTAMP, v INT64) PARTITION BY TIMESTAMP_TRUNC(ts, HOUR)',
    );
    for (const table of ['day', 'hour'])
      await rows(
        `INSERT d.${table} SELECT ts, 1 FROM UNNEST(GENERATE_TIMESTAMP_ARRAY('2026-01-01', '2026-01-04 23:00:00', INTERVAL 1 HOUR)) AS ts`,
      );
    const row = 16;
    const day = "DECLARE d DATE DEFAULT '2026-01-02'; ";
    expect(await bytes(`${day}SELECT SUM(v) FROM d.day WHERE DATE(ts) = d`)).toBe(24 * row);
    expect(await bytes(`${day}SELECT SUM(v) FROM d.hour WHERE DATE(ts) = d`)).toBe(24 * row);
    expect(await bytes(`${day}SELECT SUM(v) FROM d.day WHERE DATE(ts) >= d`)).toBe(72 * row);
    const time = "DECLARE t TIMESTAMP DEFAULT '2026-01-02 05:30:00'; ";
    const window = 'ts >= TIMESTAMP_SUB(t, INTERVAL 2 HOUR) AND ts < t';
    expect(await bytes(`${time}SELECT SUM(v) FROM d.hour WHERE ${window}`)).toBe(3 * row);
    expect(await bytes(`${time}SELECT SUM(v) FROM d.day WHERE ${window}`)).toBe(24 * row);
    const days = "DECLARE days ARRAY<DATE> DEFAULT [DATE '2026-01-01', DATE '2026-01-04']; ";
    expect(await bytes(`${days}SELECT SUM(v) FROM d.day WHERE DATE(ts) IN UNNEST(days)`)).toBe(
      48 * row,
    );
    expect(await bytes(`${days}SELECT SUM(v) FROM d.hour WHERE DATE(ts) IN UNNEST(days)`)).toBe(
      48 * row,
    );
    expect(
      await bytes(
        `${days}SELECT SUM(v) FROM d.hour WHERE TIMESTAMP_TRUNC(ts, DAY) BETWEEN TIMESTAMP(days[0]) AND TIMESTAMP(days[0])`,
      ),
    ).toBe(24 * row);
    // Nothing is known of days that a subquery gives.
    expect(
      await bytes(
        `${days}SELECT SUM(v) FROM d.day WHERE DATE(ts) IN (SELECT x FROM UNNEST(days) AS x)`,
      ),
    ).toBe(96 * row);
    const touched =
      "DECLARE days ARRAY<DATE> DEFAULT (SELECT ARRAY_AGG(DISTINCT DATE(ts)) FROM d.hour WHERE ts >= '2026-01-04 20:00:00'); ";
    expect(await bytes(`${touched}SELECT SUM(v) FROM d.day WHERE DATE(ts) IN UNNEST(days)`)).toBe(
      4 * 8 + 24 * row,
    );
    // A script costs what its statements cost.
    expect(
      await bytes(`${day}SELECT v FROM d.day; SELECT SUM(v) FROM d.day WHERE DATE(ts) = d`),
    ).toBe(96 * 8 + 24 * row);
  });
});

test('a required filter is required in expressions too', async () => {
  await rows(
    'CREATE TABLE d.t (ts TIMESTAMP) PARTITION BY DATE(ts) OPTIONS(require_partition_filter=true)',
  );
  expect(await message('DECLARE n INT64 DEFAULT (SELECT COUNT(*) FROM d.t); SELECT n')).toContain(
    "Cannot query over table 'demo.d.t' without a filter",
  );
});

async function bytes(query: string): Promise<number> {
  const response = await fetch(`${url()}/projects/demo/queries`, {
    method: 'POST',
    body: JSON.stringify({ query, useLegacySql: false }),
  });
  return Number(((await response.json()) as { totalBytesProcessed: string }).totalBytesProcessed);
}

describe('errors', () => {
  test('EXCEPTION WHEN ERROR sees the message and the statement', async () => {
    expect(
      await rows(
        'DECLARE m STRING; BEGIN SELECT 1; SELECT 1 / 0; SET m = "never"; EXCEPTION WHEN ERROR THEN SET m = @@error.message || "|" || @@error.statement_text; END; SELECT m',
      ),
    ).toEqual([['division by zero: 1 / 0|SELECT 1 / 0']]);
  });

  test('RAISE raises, also again; without a handler the script fails', async () => {
    expect(await message("RAISE USING MESSAGE = 'too ' || 'bad'")).toBe('too bad');
    expect(
      await message("BEGIN RAISE USING MESSAGE = 'first'; EXCEPTION WHEN ERROR THEN RAISE; END"),
    ).toBe('first');
    expect(await message("ASSERT (SELECT COUNT(*) FROM UNNEST([1])) = 2 AS 'count'")).toContain(
      'count',
    );
    await rows('ASSERT TRUE');
  });

  test('a handler can take a transaction back', async () => {
    await rows('CREATE TABLE d.t (x INT64)');
    await rows(`BEGIN
      BEGIN TRANSACTION;
      INSERT d.t VALUES (1);
      SELECT 1 / 0;
      COMMIT TRANSACTION;
    EXCEPTION WHEN ERROR THEN
      ROLLBACK TRANSACTION;
      INSERT d.t VALUES (2);
    END`);
    expect(await rows('SELECT x FROM d.t')).toEqual([['2']]);
  });
});

describe('EXECUTE IMMEDIATE', () => {
  test('takes named and positional values, and gives a row to variables', async () => {
    expect(await rows("EXECUTE IMMEDIATE 'SELECT @x + 1' USING 41 AS x")).toEqual([['42']]);
    expect(
      await rows(
        "DECLARE a INT64; DECLARE b STRING; EXECUTE IMMEDIATE 'SELECT ? * 2, ?' INTO a, b USING 4, 'x'; SELECT a, b",
      ),
    ).toEqual([['8', 'x']]);
    expect(
      await rows(
        "DECLARE a INT64 DEFAULT 1; EXECUTE IMMEDIATE 'SELECT 1 FROM UNNEST([1]) WHERE FALSE' INTO a; SELECT a",
      ),
    ).toEqual([[null]]);
    await rows(
      "DECLARE t STRING DEFAULT 'd.made'; EXECUTE IMMEDIATE 'CREATE TABLE ' || t || ' (x INT64)'; EXECUTE IMMEDIATE 'INSERT d.made VALUES (?)' USING 7",
    );
    expect(await rows('SELECT * FROM d.made')).toEqual([['7']]);
  });

  test('refuses what gives no single row of the wanted types', async () => {
    const into = 'DECLARE a INT64; EXECUTE IMMEDIATE';
    expect(await message(`${into} 'SELECT x FROM UNNEST([1, 2]) AS x' INTO a`)).toContain(
      'more than one row',
    );
    expect(await message(`${into} 'SELECT "x"' INTO a`)).toContain(
      'Cannot assign columns of types STRING',
    );
    expect(await message(`${into} 'SELECT 1, 2' INTO a`)).toContain(
      'has 1 variables and the query 2 columns',
    );
    expect(await message("EXECUTE IMMEDIATE 'SELECT 1; SELECT 2'")).toContain(
      'takes one statement',
    );
    expect(await message('EXECUTE IMMEDIATE CAST(NULL AS STRING)')).toContain('cannot be NULL');
  });
});

describe('procedures', () => {
  test('take values in and give values out', async () => {
    await rows(`CREATE PROCEDURE d.halve(n INT64, OUT half INT64, INOUT log STRING)
      BEGIN
        IF MOD(n, 2) = 1 THEN SET log = log || 'odd'; RETURN; END IF;
        SET half = DIV(n, 2);
        SET log = log || 'even';
      END`);
    const run = (n: number) =>
      rows(
        `DECLARE h INT64 DEFAULT 9; DECLARE l STRING DEFAULT 'is '; CALL d.halve(${n}, h, l); SELECT h, l`,
      );
    expect(await run(10)).toEqual([['5', 'is even']]);
    expect(await run(11)).toEqual([[null, 'is odd']]);
    expect(await message('CALL d.halve(1)')).toContain('takes 3 arguments, got 1');
    expect(await message("CALL d.halve(1, 2, 'x')")).toContain('must be a variable');
    expect(await message('CALL d.none()')).toContain('Procedure not found: d.none');
    expect(await message('SELECT d.halve(1, 2, 3)')).toContain('Function not found: d.halve');
    await rows('DROP PROCEDURE d.halve');
  });

  test('call each other fifty deep and no deeper', async () => {
    await rows(
      'CREATE PROCEDURE d.down(n INT64) BEGIN IF n > 0 THEN CALL d.down(n - 1); END IF; END',
    );
    await rows('CALL d.down(40)');
    expect(await message('CALL d.down(100)')).toContain('more than 50 deep');
  });

  test('see no variables of their caller', async () => {
    await rows('CREATE PROCEDURE d.peek() BEGIN SELECT secret; END');
    expect(await message('DECLARE secret INT64 DEFAULT 1; CALL d.peek()')).toContain(
      'Unrecognized name: secret',
    );
  });
});

test('the statements of a script are jobs of their own', async () => {
  const query = 'DECLARE x INT64 DEFAULT 2;\nSELECT x AS a;\nBEGIN\n  SELECT x + 1 AS b;\nEND';
  const post = async (path: string, body: object) =>
    (
      await fetch(`${url()}/projects/demo${path}`, { method: 'POST', body: JSON.stringify(body) })
    ).json();
  const job = (await post('/jobs', {
    configuration: { query: { query, useLegacySql: false } },
  })) as { jobReference: { jobId: string }; statistics: { numChildJobs: string } };
  expect(job.statistics.numChildJobs).toBe('2');
  const list = await fetch(`${url()}/projects/demo/jobs?parentJobId=${job.jobReference.jobId}`);
  const { jobs } = (await list.json()) as {
    jobs: {
      statistics: { scriptStatistics: { stackFrames: object[] } };
      jobReference: { jobId: string };
    }[];
  };
  expect(jobs.map((each) => each.statistics.scriptStatistics.stackFrames[0])).toEqual([
    { startLine: 4, startColumn: 3, endLine: 4, endColumn: 20, text: 'SELECT x + 1 AS b' },
    { startLine: 2, startColumn: 1, endLine: 2, endColumn: 14, text: 'SELECT x AS a' },
  ]);
  const first = await fetch(`${url()}/projects/demo/queries/${jobs[1]?.jobReference.jobId}`);
  expect(await first.json()).toMatchObject({ rows: [{ f: [{ v: '2' }] }] });
  const all = (await (await fetch(`${url()}/projects/demo/jobs`)).json()) as { jobs: object[] };
  expect(JSON.stringify(all)).not.toContain('script_');
});
