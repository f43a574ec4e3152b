import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BigQuery } from '@google-cloud/bigquery';
import { expect, onTestFinished, test } from 'vitest';
import {
  type BigQueryEmulator,
  type BigQueryOptions,
  startBigQuery,
} from '../../src/bigquery/index.ts';
import { startStorage } from '../../src/storage/index.ts';
import type { Plain } from './reference.ts';
import { ask } from './rest.ts';

async function start(options: BigQueryOptions = {}): Promise<BigQueryEmulator & { url: string }> {
  const emulator = await startBigQuery(options);
  onTestFinished(() => emulator.stop());
  return { ...emulator, url: emulator.env.BIGQUERY_EMULATOR_HOST ?? '' };
}

async function rows(url: string, sql: string): Promise<Plain[][]> {
  const answer = await ask(url, sql);
  if ('error' in answer) throw new Error(answer.error);
  return answer.rows;
}

function insert(url: string, ids: readonly string[]): Promise<Response> {
  const body = JSON.stringify({ rows: ids.map((id) => ({ insertId: id, json: { id } })) });
  return fetch(`${url}/projects/demo/datasets/d/tables/t/insertAll`, { method: 'POST', body });
}

async function withTable(url: string): Promise<void> {
  await rows(url, 'CREATE SCHEMA d');
  await rows(url, 'CREATE TABLE d.t (id STRING NOT NULL)');
}

test('many writers and readers at once lose nothing and see whole batches', async () => {
  const { url } = await start();
  await withTable(url);
  await rows(url, 'CREATE TABLE d.totals (k INT64, n INT64)');
  const batch = (writer: number, round: number) =>
    Array.from({ length: 50 }, (_, index) => `${writer}-${round}-${index}`);
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let round = 0; round < 5; round += 1)
      expect((await insert(url, batch(writer, round))).status).toBe(200);
  });
  const merges = Array.from({ length: 4 }, () =>
    rows(
      url,
      'MERGE d.totals T USING (SELECT 1 AS k, COUNT(*) AS n FROM d.t) S ON T.k = S.k WHEN MATCHED THEN UPDATE SET n = S.n WHEN NOT MATCHED THEN INSERT ROW',
    ),
  );
  const readers = Array.from(
    { length: 10 },
    async () => Number((await rows(url, 'SELECT COUNT(*) FROM d.t'))[0]?.[0]) % 50,
  );
  await Promise.all([...writers, ...merges]);
  expect(await Promise.all(readers)).toEqual(Array(10).fill(0));
  expect(await rows(url, 'SELECT COUNT(*), COUNT(DISTINCT id) FROM d.t')).toEqual([
    ['1500', '1500'],
  ]);
  expect(await rows(url, 'SELECT COUNT(*) FROM d.totals')).toEqual([['1']]);
});

test('what was acknowledged before kill -9 is there after the next start', {
  timeout: 60_000,
}, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bigquery-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const script = `
    import { startBigQuery } from ${JSON.stringify(fileURLToPath(new URL('../../src/bigquery/index.ts', import.meta.url)))};
    const emulator = await startBigQuery({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(emulator.env.BIGQUERY_EMULATOR_HOST);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const childUrl = line.toString().trim();
  await withTable(childUrl);
  await insert(childUrl, ['a', 'b']);
  await rows(childUrl, "INSERT INTO d.t VALUES ('c')");
  await rows(childUrl, 'CREATE VIEW d.v AS SELECT UPPER(id) AS id FROM d.t');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { url } = await start({ dataDir });
  expect(await rows(url, 'SELECT id FROM d.v ORDER BY id')).toEqual([['A'], ['B'], ['C']]);
});

test('faults come as asked for: an error, a lost reply, half a batch', async () => {
  const { url, setFaults } = await start();
  await withTable(url);
  const method = 'bigquery.tabledata.insertAll';
  setFaults([{ method, kind: 'error', reason: 'backendError', times: 1 }]);
  expect((await insert(url, ['a'])).status).toBe(503);
  setFaults([{ method, kind: 'cut-after', times: 1 }]);
  await expect(insert(url, ['b'])).rejects.toThrow();
  setFaults([{ method, kind: 'cut-before', times: 1 }]);
  await expect(insert(url, ['c'])).rejects.toThrow();
  setFaults([{ method, kind: 'partial-error', times: 1 }]);
  const half = (await (await insert(url, ['d', 'e'])).json()) as {
    insertErrors: { index: number }[];
  };
  expect(half.insertErrors.map((error) => error.index)).toEqual([0]);
  expect(await rows(url, 'SELECT id FROM d.t ORDER BY id')).toEqual([['b'], ['e']]);
});

test('a request from another host name, a body too big and a method not there are refused', async () => {
  const { url, port } = await start();
  const status = await new Promise((resolve) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: '/projects/demo/datasets',
        headers: { host: 'evil.example' },
      },
      (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      },
    ).end();
  });
  expect(status).toBe(403);
  const big = await fetch(`${url}/projects/demo/queries`, {
    method: 'POST',
    body: 'x'.repeat(11 * 1024 * 1024),
  }).then(
    (reply) => reply.status,
    () => 'closed',
  );
  expect([413, 'closed']).toContain(big);
  const model = await fetch(`${url}/bigquery/v2/projects/demo/datasets/d/models`);
  expect(model.status).toBe(501);
  expect(await model.json()).toMatchObject({
    error: { message: 'bigquery.models.list is not supported by the local emulator' },
  });
});

test('a table goes to Cloud Storage and comes back as it was, and is copied', async () => {
  const storage = await startStorage();
  onTestFinished(() => storage.stop());
  const { url } = await start({ storageHost: storage.host });
  await fetch(`http://${storage.host}/storage/v1/b?project=demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bucket' }),
  });
  await rows(url, 'CREATE SCHEMA d');
  await rows(
    url,
    `CREATE TABLE d.t AS SELECT 1 AS n, 'a,"b"' AS s, TIMESTAMP '2026-01-01 00:00:00.5+00' AS ts, ['x'] AS tags`,
  );
  const bigquery = new BigQuery({ projectId: 'demo', apiEndpoint: url });
  const source = { projectId: 'demo', datasetId: 'd', tableId: 't' };
  const sourceFormat = 'NEWLINE_DELIMITED_JSON';
  const run = async (configuration: object): Promise<void> => {
    const [job] = await bigquery.createJob({ configuration } as Parameters<
      BigQuery['createJob']
    >[0]);
    await job.promise();
  };
  await run({
    extract: {
      sourceTable: source,
      destinationUris: ['gs://bucket/out-*.json'],
      destinationFormat: sourceFormat,
    },
  });
  await run({ copy: { sourceTable: source, destinationTable: { ...source, tableId: 'copy' } } });
  await rows(url, 'CREATE TABLE d.back (n INT64, s STRING, ts TIMESTAMP, tags ARRAY<STRING>)');
  await run({
    load: {
      sourceUris: ['gs://bucket/out-*'],
      sourceFormat,
      destinationTable: { ...source, tableId: 'back' },
    },
  });
  const all = await rows(url, 'SELECT * FROM d.t');
  expect(await rows(url, 'SELECT * FROM d.back')).toEqual(all);
  expect(await rows(url, 'SELECT * FROM d.copy')).toEqual(all);
});
