import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BigQueryEmulator, startBigQuery } from '../../src/bigquery/index.ts';

const home = mkdtempSync(join(tmpdir(), 'bq-'));
let emulator: BigQueryEmulator;
beforeAll(async () => {
  emulator = await startBigQuery();
  // The wrapper of the SDK wants an account; it takes any token for one.
  writeFileSync(join(home, 'token'), 'local');
  writeFileSync(join(home, 'rows.json'), '{"k":"a","v":1}\n');
  writeFileSync(join(home, 'rows.csv'), 'k,v\n"b,c",2\n');
});
afterAll(async () => {
  await emulator.stop();
  rmSync(home, { recursive: true, force: true });
});

function isInstalled(): boolean {
  try {
    execFileSync('which', ['bq'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function bq(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLOUDSDK_CONFIG: home,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(home, 'token'),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  };
  const flags = ['--api', `http://${emulator.host}`, '--project_id=demo', '--headless'];
  const { stdout } = await promisify(execFile)('bq', [...flags, ...args], { env, cwd: home }).catch(
    (error) => {
      throw new Error(`bq ${args.join(' ')}: ${error.stdout}${error.stderr}`);
    },
  );
  return stdout;
}

test('a session of bq: mk, insert, load, query, head, update, show, rm, ls', {
  timeout: 240_000,
}, async (context) => {
  if (!isInstalled()) return context.skip('bq of the Google Cloud SDK is not installed');
  expect(await bq('mk', 'd')).toContain("Dataset 'demo:d' successfully created.");
  expect(await bq('mk', '--table', 'd.t', 'k:STRING,v:INTEGER')).toContain(
    "Table 'demo:d.t' successfully created.",
  );
  await Promise.all([
    bq('insert', 'd.t', 'rows.json'),
    bq('load', '--skip_leading_rows=1', 'd.t', 'rows.csv'),
  ]);
  const sql = 'SELECT k, v * 2 AS w FROM d.t ORDER BY k';
  const [table, head] = await Promise.all([
    bq('query', '--use_legacy_sql=false', sql),
    bq('head', '--max_rows=1', 'd.t'),
    bq('update', '--description', 'two rows', 'd.t'),
  ]);
  expect(head).toMatch(/\|\s+k\s+\| v \|/);
  expect(table.trim().split('\n').slice(-5)).toEqual([
    '|  k  | w |',
    '+-----+---+',
    '| a   | 2 |',
    '| b,c | 4 |',
    '+-----+---+',
  ]);
  expect(JSON.parse(await bq('--format=json', 'show', 'd.t'))).toMatchObject({
    description: 'two rows',
    numRows: '2',
  });
  await bq('rm', '-f', '-t', 'd.t');
  expect(await bq('ls', 'd')).toBe('');
});

test('a session of bq: routines, a script, a dry run, a mistake', {
  timeout: 240_000,
}, async (context) => {
  if (!isInstalled()) return context.skip('bq of the Google Cloud SDK is not installed');
  const query = (...args: string[]) => bq('query', '--use_legacy_sql=false', ...args);
  const [created] = await Promise.all([
    query(
      'CREATE SCHEMA r; CREATE TABLE r.t AS SELECT 1 AS a; CREATE FUNCTION r.f(x INT64) AS (x + 1)',
    ),
    expect(query('SELECT nothing')).rejects.toThrow('Unrecognized name: nothing at [1:8]'),
  ]);
  expect(created).toContain('Created demo.r.t');
  const [list, shown, script, priced] = await Promise.all([
    bq('ls', '--routines', 'r'),
    bq('--format=json', 'show', '--routine', 'r.f'),
    query('DECLARE x INT64 DEFAULT 2;\nSELECT x AS a;\nSELECT r.f(x) AS b'),
    query('--dry_run', 'SELECT a FROM r.t'),
  ]);
  expect(list).toMatch(/\n\s+f\s+SCALAR_FUNCTION\s+SQL\s/);
  expect(JSON.parse(shown)).toMatchObject({
    routineReference: { routineId: 'f' },
    definitionBody: 'x + 1',
  });
  expect(script.trim().split('\n')).toEqual([
    'SELECT x AS a; -- at [2:1]',
    '+---+',
    '| a |',
    '+---+',
    '| 2 |',
    '+---+',
    'SELECT r.f(x) AS b; -- at [3:1]',
    '+---+',
    '| b |',
    '+---+',
    '| 3 |',
    '+---+',
  ]);
  expect(priced).toContain('will process 8 bytes of data');
  await bq('rm', '-f', '--routine', 'r.f');
  expect(await bq('ls', '--routines', 'r')).toBe('');
});
