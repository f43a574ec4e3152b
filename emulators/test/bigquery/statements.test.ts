import { expect, test } from 'vitest';
import { freshEmulator } from './fresh-emulator.ts';

const { rows, message, url } = freshEmulator(() => ({
  now: () => Date.parse('2026-01-05T12:00:00Z'),
}));

async function price(
  query: string,
  more: object = {},
): Promise<{
  totalBytesProcessed?: string;
  error?: { message: string; errors: { reason: string }[] };
}> {
  const body = JSON.stringify({ query, useLegacySql: false, dryRun: true, ...more });
  const response = await fetch(`${url()}/projects/demo/queries`, { method: 'POST', body });
  return (await response.json()) as { totalBytesProcessed?: string };
}

const TARGET = 'CREATE TABLE d.t (k STRING NOT NULL, v INT64)';

test('MERGE updates, deletes and inserts by the first clause that fits', async () => {
  await rows(TARGET);
  await rows("INSERT d.t (k, v) VALUES ('a', 1), ('b', 2), ('c', 3)");
  await rows(`MERGE d.t AS T USING (SELECT 'a' AS k, 10 AS v UNION ALL SELECT 'b', 0 UNION ALL SELECT 'n', 7) AS S
    ON T.k = S.k
    WHEN MATCHED AND S.v = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET v = S.v + T.v
    WHEN NOT MATCHED THEN INSERT ROW
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET T.v = -1`);
  expect(await rows('SELECT k, v FROM d.t ORDER BY k')).toEqual([
    ['a', '11'],
    ['c', '-1'],
    ['n', '7'],
  ]);
});

test('MERGE and UPDATE refuse a target row that matches twice, and change nothing', async () => {
  await rows(TARGET);
  await rows("INSERT INTO d.t VALUES ('a', 1)");
  const twice = "(SELECT 'a' AS k, 5 AS v UNION ALL SELECT 'a', 6)";
  const complaint = 'UPDATE/MERGE must match at most one source row for each target row';
  expect(
    await message(`MERGE d.t T USING ${twice} S ON T.k = S.k WHEN MATCHED THEN UPDATE SET v = S.v`),
  ).toBe(complaint);
  expect(await message(`UPDATE d.t T SET v = S.v FROM ${twice} S WHERE T.k = S.k`)).toBe(complaint);
  expect(await rows('SELECT v FROM d.t')).toEqual([['1']]);
});

test('UPDATE and DELETE need a WHERE clause and count what they change', async () => {
  await rows(TARGET);
  await rows("INSERT INTO d.t VALUES ('a', 1), ('b', 2)");
  expect(await message('DELETE FROM d.t')).toContain('DELETE must have a WHERE clause');
  await rows("UPDATE d.t SET v = v * 10 WHERE k = 'b'");
  await rows('DELETE d.t WHERE v < 5');
  expect(await rows('SELECT * FROM d.t')).toEqual([['b', '20']]);
  await rows('TRUNCATE TABLE d.t');
  expect(await rows('SELECT COUNT(*) FROM d.t')).toEqual([['0']]);
});

test('a wrong type, a missing required value and an unknown column are refused', async () => {
  await rows(TARGET);
  expect(await message("INSERT INTO d.t VALUES ('a', 'one')")).toContain(
    'Value has type STRING which cannot be inserted into column v, which has type INT64',
  );
  expect(await message('INSERT INTO d.t (v) VALUES (1)')).toBe('Required field k cannot be null');
  expect(await message('INSERT INTO d.t (z) VALUES (1)')).toContain(
    'Column z is not present in table d.t',
  );
  expect(await message('SELECT v = k FROM d.t')).toContain(
    'No matching signature for operator = for argument types: INT64, STRING',
  );
  expect(await message('SELECT * FROM d.missing')).toBe('Not found: Table demo:d.missing');
});

test('a table keeps what CREATE TABLE says of it', async () => {
  await rows(`CREATE TABLE d.r (ts TIMESTAMP NOT NULL OPTIONS(description='when'), n INT64 DEFAULT 5, tags ARRAY<STRING>)
    PARTITION BY DATE(ts) CLUSTER BY n OPTIONS(description='readings', labels=[('team', 'x')], require_partition_filter=true)`);
  const response = await fetch(`${url()}/projects/demo/datasets/d/tables/r`);
  expect(await response.json()).toMatchObject({
    description: 'readings',
    labels: { team: 'x' },
    timePartitioning: { type: 'DAY', field: 'ts' },
    clustering: { fields: ['n'] },
    requirePartitionFilter: true,
    schema: {
      fields: [
        { name: 'ts', mode: 'REQUIRED', description: 'when' },
        { name: 'n' },
        { name: 'tags', mode: 'REPEATED' },
      ],
    },
  });
  await rows("INSERT INTO d.r (ts) VALUES ('2026-01-01 00:00:00')");
  expect(await rows("SELECT n, tags FROM d.r WHERE ts > '2025-01-01'")).toEqual([['5', []]]);
});

test('a query without a filter on the partition is refused where one is required, also through views', async () => {
  await rows(
    'CREATE TABLE d.r (ts TIMESTAMP, id STRING) PARTITION BY DATE(ts) OPTIONS(require_partition_filter=true)',
  );
  await rows(
    "CREATE VIEW d.once AS SELECT * FROM d.r WHERE ts > '2000-01-01' QUALIFY ROW_NUMBER() OVER (PARTITION BY id, ts ORDER BY id) = 1",
  );
  const complaint =
    /Cannot query over table 'demo.d.r' without a filter over column\(s\) 'ts' that can be used for partition elimination/;
  expect(await message('SELECT * FROM d.r')).toMatch(complaint);
  expect(await message('SELECT * FROM d.r WHERE id = "x"')).toMatch(complaint);
  expect(await message('SELECT * FROM d.r WHERE EXTRACT(HOUR FROM ts) = 5')).toMatch(complaint);
  expect(await rows("SELECT * FROM d.r WHERE DATE(ts) = '2026-01-01'")).toEqual([]);
  expect(await rows("SELECT * FROM d.once WHERE ts BETWEEN '2026-01-01' AND '2026-01-02'")).toEqual(
    [],
  );
});

test('the price of a query follows the partitions and columns it reads', async () => {
  await rows('CREATE TABLE d.r (ts TIMESTAMP, n INT64) PARTITION BY DATE(ts)');
  await rows(
    "INSERT INTO d.r SELECT TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL x HOUR), x FROM UNNEST(GENERATE_ARRAY(0, 95)) AS x",
  );
  await rows(
    'CREATE VIEW d.all_rows AS SELECT * FROM d.r QUALIFY ROW_NUMBER() OVER (PARTITION BY ts ORDER BY n) = 1',
  );
  const bytes = async (sql: string) => Number((await price(sql)).totalBytesProcessed);
  expect(await bytes('SELECT n FROM d.r')).toBe(96 * 8);
  expect(await bytes('SELECT * FROM d.r')).toBe(96 * 16);
  expect(await bytes("SELECT n FROM d.r WHERE ts >= '2026-01-04 12:00:00'")).toBe(24 * 16);
  expect(await bytes("SELECT n FROM d.r WHERE DATE(ts) = '2026-01-02' AND n > 0")).toBe(24 * 16);
  expect(
    await bytes(
      "SELECT n FROM d.r WHERE ts BETWEEN '2026-01-02' AND '2026-01-03' OR DATE(ts) IN ('2026-01-01')",
    ),
  ).toBe(72 * 16);
  expect(await bytes('SELECT n FROM d.r WHERE EXTRACT(HOUR FROM ts) = 0')).toBe(96 * 16);
  expect(await bytes("SELECT n FROM d.all_rows WHERE ts >= '2026-01-04'")).toBe(24 * 16);
  expect(
    await bytes(
      'SELECT n FROM d.all_rows WHERE ts >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)',
    ),
  ).toBe(24 * 16);
});

test('a query above maximumBytesBilled is refused', async () => {
  await rows('CREATE TABLE d.r AS SELECT 1 AS n');
  const reply = await price('SELECT n FROM d.r', { maximumBytesBilled: '1000' });
  expect(reply.error?.errors[0]?.reason).toBe('bytesBilledLimitExceeded');
  expect(reply.error?.message).toBe(
    'Query exceeded limit for bytes billed: 1000. 10485760 or higher required.',
  );
});

test('INFORMATION_SCHEMA lists tables and columns', async () => {
  await rows(
    'CREATE TABLE d.r (ts TIMESTAMP NOT NULL, s STRUCT<a INT64, b ARRAY<STRING>>) PARTITION BY DATE(ts)',
  );
  await rows('CREATE VIEW d.v AS SELECT ts FROM d.r');
  expect(
    await rows('SELECT table_name, table_type FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1'),
  ).toEqual([
    ['r', 'BASE TABLE'],
    ['v', 'VIEW'],
  ]);
  expect(
    await rows(
      "SELECT column_name, data_type, is_nullable, is_partitioning_column FROM `demo.d.INFORMATION_SCHEMA.COLUMNS` WHERE table_name = 'r' ORDER BY ordinal_position",
    ),
  ).toEqual([
    ['ts', 'TIMESTAMP', 'NO', 'YES'],
    ['s', 'STRUCT<a INT64, b ARRAY<STRING>>', 'YES', 'NO'],
  ]);
});

test('an ingestion-time table has _PARTITIONTIME, outside of *', async () => {
  await rows('CREATE TABLE d.e (n INT64) PARTITION BY _PARTITIONDATE');
  await rows('INSERT INTO d.e (n) VALUES (1)');
  expect(await rows('SELECT * FROM d.e')).toEqual([['1']]);
  expect(
    await rows(
      'SELECT _PARTITIONTIME AS t, n FROM d.e WHERE _PARTITIONTIME = TIMESTAMP "2026-01-05"',
    ),
  ).toEqual([['2026-01-05 00:00:00+00', '1']]);
});

test('a wildcard reads all tables of a prefix and tells them apart', async () => {
  for (const day of ['01', '02', '03'])
    await rows(`CREATE TABLE d.ev_202601${day} AS SELECT ${Number(day)} AS n`);
  expect(
    await rows(
      "SELECT _TABLE_SUFFIX AS s, n FROM `demo.d.ev_*` WHERE _TABLE_SUFFIX BETWEEN '20260101' AND '20260102' ORDER BY n",
    ),
  ).toEqual([
    ['20260101', '1'],
    ['20260102', '2'],
  ]);
});

test('a script declares, loops, branches and answers with its last query', async () => {
  const script = `DECLARE n INT64 DEFAULT 0; DECLARE word STRING;
    WHILE n < 3 DO SET n = n + 1; END WHILE;
    IF n = 3 THEN SET word = 'three'; ELSE SET word = 'other'; END IF;
    SELECT n, word, CURRENT_DATE() AS today;`;
  expect(await rows(script)).toEqual([['3', 'three', '2026-01-05']]);
});

test('a transaction is all or nothing', async () => {
  await rows(TARGET);
  await rows(
    "BEGIN TRANSACTION; INSERT INTO d.t VALUES ('a', 1); INSERT INTO d.t VALUES ('b', 2); COMMIT TRANSACTION;",
  );
  expect(
    await message(
      'BEGIN TRANSACTION; DELETE FROM d.t WHERE TRUE; SELECT 1 / 0; COMMIT TRANSACTION;',
    ),
  ).toBe('division by zero: 1 / 0');
  await rows('BEGIN TRANSACTION; DELETE FROM d.t WHERE TRUE; ROLLBACK TRANSACTION;');
  expect(await rows('SELECT COUNT(*) FROM d.t')).toEqual([['2']]);
});

test('columns can be added, and old rows have no value in them', async () => {
  await rows(TARGET);
  await rows("INSERT INTO d.t VALUES ('a', 1)");
  await rows('ALTER TABLE d.t ADD COLUMN w FLOAT64, ADD COLUMN tags ARRAY<STRING>');
  expect(await rows('SELECT * FROM d.t')).toEqual([['a', '1', null, []]]);
});
