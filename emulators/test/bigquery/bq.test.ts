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

/** What `bq` prints for arguments and, where it asks for commands, for these. */
async function bq(args: readonly string[], commands = ''): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLOUDSDK_CONFIG: home,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: join(home, 'token'),
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  };
  const flags = ['--api', `http://${emulator.host}`, '--project_id=demo', '--headless'];
  const running = promisify(execFile)('bq', [...flags, ...args], { env, cwd: home });
  running.child.stdin?.end(commands);
  const { stdout } = await running.catch((error) => {
    throw new Error(`bq ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout;
}

/** What each command prints, typed into one `bq shell`: it takes 2 s to start, by its own work. */
async function session(commands: readonly string[], flags: readonly string[] = []) {
  const printed = await bq([...flags, 'shell'], `${commands.join('\n')}\n`);
  const replies = printed.split('demo> ').slice(1, -1);
  expect(replies).toHaveLength(commands.length);
  return Object.fromEntries(commands.map((command, index) => [command, replies[index]?.trim()]));
}

const QUERY = 'query --use_legacy_sql=false';

test('a session of bq: mk, insert, load, query, head, update, show, rm, ls', {
  timeout: 120_000,
}, async (context) => {
  if (!isInstalled()) return context.skip('bq of the Google Cloud SDK is not installed');
  const sql = 'SELECT k, v * 2 AS w FROM d.t ORDER BY k';
  expect(
    await session([
      'mk d',
      'mk --table d.t k:STRING,v:INTEGER',
      'insert d.t rows.json',
      'load --skip_leading_rows=1 d.t rows.csv',
      'head --max_rows=2 d.t',
      'update --description "two rows" d.t',
      'mk --table d.gone k:STRING',
      'rm -f -t d.gone',
      'ls d',
    ]),
  ).toEqual({
    'mk d': "Dataset 'demo:d' successfully created.",
    'mk --table d.t k:STRING,v:INTEGER': "Table 'demo:d.t' successfully created.",
    'insert d.t rows.json': '',
    'load --skip_leading_rows=1 d.t rows.csv': '',
    'head --max_rows=2 d.t': [
      '+-----+---+',
      '|  k  | v |',
      '+-----+---+',
      '| a   | 1 |',
      '| b,c | 2 |',
      '+-----+---+',
    ].join('\n'),
    'update --description "two rows" d.t': "Table 'demo:d.t' successfully updated.",
    'mk --table d.gone k:STRING': "Table 'demo:d.gone' successfully created.",
    'rm -f -t d.gone': '',
    'ls d': expect.stringMatching(/\n\s*t\s+TABLE\s*$/),
  });
  const [table, json] = await Promise.all([
    bq([...QUERY.split(' '), sql]),
    bq(['--format=json', 'show', 'd.t']),
  ]);
  expect(table.trim().split('\n').slice(-5)).toEqual([
    '|  k  | w |',
    '+-----+---+',
    '| a   | 2 |',
    '| b,c | 4 |',
    '+-----+---+',
  ]);
  expect(JSON.parse(json)).toMatchObject({ description: 'two rows', numRows: '2' });
});

test('bq says what a definition did', { timeout: 120_000 }, async (context) => {
  if (!isInstalled()) return context.skip('bq of the Google Cloud SDK is not installed');
  const said: Readonly<Record<string, string>> = {
    'CREATE SCHEMA s': '',
    'CREATE TABLE s.t (x INT64)': 'Created demo.s.t',
    'CREATE TABLE IF NOT EXISTS s.t (x INT64)': 'Skipped demo.s.t',
    'CREATE OR REPLACE TABLE s.t AS SELECT 1 AS x': 'Replaced demo.s.t',
    'ALTER TABLE s.t ADD COLUMN y STRING': 'Altered demo.s.t',
    'CREATE VIEW s.v AS SELECT x FROM s.t': 'Created demo.s.v',
    'CREATE FUNCTION s.f(x INT64) AS (x + 1)': 'Created demo.s.f',
    'CREATE OR REPLACE FUNCTION s.f(x INT64) AS (x + 2)': 'Replaced demo.s.f',
    'CREATE TABLE FUNCTION s.g(n INT64) AS SELECT n AS x': 'Created demo.s.g',
    'CREATE PROCEDURE s.p() BEGIN SELECT 1; END': 'Created demo.s.p',
    'DROP FUNCTION s.f': 'Dropped demo.s.f',
    'DROP TABLE FUNCTION s.g': 'Dropped demo.s.g',
    'DROP PROCEDURE s.p': 'Dropped demo.s.p',
    'DROP VIEW s.v': 'Dropped demo.s.v',
    'DROP TABLE IF EXISTS s.nothing': 'Skipped demo.s.nothing',
    'DROP TABLE s.t': 'Dropped demo.s.t',
    'INSERT s.u (x) SELECT 1': 'Error in query string: Not found: Table demo:s.u',
    'DROP SCHEMA s': '',
  };
  const replies = await session(Object.keys(said).map((sql) => `${QUERY} "${sql}"`));
  expect(
    Object.fromEntries(
      Object.entries(replies).map(([command, reply]) => [
        command.slice(QUERY.length + 2, -1),
        reply,
      ]),
    ),
  ).toEqual({ ...said, 'INSERT s.u (x) SELECT 1': expect.stringContaining('demo:s.u') });
});

test('a session of bq: routines, a script, a dry run, a mistake', {
  timeout: 120_000,
}, async (context) => {
  if (!isInstalled()) return context.skip('bq of the Google Cloud SDK is not installed');
  const made =
    'CREATE SCHEMA r; CREATE TABLE r.t AS SELECT 1 AS a; CREATE FUNCTION r.f(x INT64) AS (x + 1)';
  const mistake = `${QUERY} "SELECT nothing"`;
  const dryRun = `${QUERY} --dry_run "SELECT a FROM r.t"`;
  const replies = await session([`${QUERY} "${made}"`, mistake, 'ls --routines r', dryRun]);
  expect(replies[`${QUERY} "${made}"`]).toMatch(/Created demo\.r\.t\n[\s\S]*Created demo\.r\.f$/);
  expect(replies[mistake]).toBe('Error in query string: Unrecognized name: nothing at [1:8]');
  expect(replies['ls --routines r']).toMatch(/\n\s*f\s+SCALAR_FUNCTION\s+SQL\s/);
  expect(replies[dryRun]).toContain('will process 8 bytes of data');
  const [shown, script] = await Promise.all([
    bq(['--format=json', 'show', '--routine', 'r.f']),
    bq([...QUERY.split(' '), 'DECLARE x INT64 DEFAULT 2;\nSELECT x AS a;\nSELECT r.f(x) AS b']),
  ]);
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
  const gone = await session(['rm -f --routine r.f', 'ls --routines r']);
  expect(gone['ls --routines r']).toBe('');
});
