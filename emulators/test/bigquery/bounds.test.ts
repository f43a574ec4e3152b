import { expect, test } from 'vitest';
import { createStore, type Dataset } from '../../src/bigquery/store.ts';
import { freshEmulator } from './fresh-emulator.ts';

const { rest, message } = freshEmulator();

test('datasets, tables and routines have their number', () => {
  const store = createStore(() => 0, { datasets: 2, tables: 1, routines: 1 });
  const dataset: Dataset = { project: 'p', dataset: 'a', resource: {} };
  store.putDataset(dataset);
  store.requireRoom('datasets');
  store.putDataset({ ...dataset, project: 'q' });
  expect(() => store.requireRoom('datasets')).toThrow(
    'Quota exceeded: the local emulator holds at most 2 datasets',
  );
  store.requireRoom('tables');
  const table = {
    ...dataset,
    table: 't',
    fields: [],
    columns: [],
    partition: null,
    viewQuery: null,
  };
  store.putTable(table);
  expect(() => store.requireRoom('tables')).toThrow('at most 1 tables');
  store.dropTable(table);
  store.requireRoom('tables');
  store.putRoutine({ ...dataset, routine: 'f' });
  expect(() => store.requireRoom('routines')).toThrow('at most 1 routines');
  store.dropDataset('p', 'a');
  store.requireRoom('routines');
});

test('a body has its bytes, an insertAll its rows, a query its characters', async () => {
  const body = { rows: [{ json: { x: 'x'.repeat(10 * 1024 * 1024) } }] };
  expect(await rest('POST', '/datasets/d/tables/t/insertAll', body)).toMatchObject({
    status: 413,
    body: { error: { message: 'Request payload size exceeds the limit: 10485760 bytes.' } },
  });
  const tableReference = { tableId: 't' };
  await rest('POST', '/datasets/d/tables', { tableReference, schema: { fields: [] } });
  const rows = Array.from({ length: 50_001 }, () => ({ json: {} }));
  expect(await rest('POST', '/datasets/d/tables/t/insertAll', { rows })).toMatchObject({
    status: 400,
    body: { error: { message: 'Too many rows: 50001, limit 50000' } },
  });
  expect(await message(`SELECT 1 --${' '.repeat(1024 * 1024)}`)).toContain(
    'The query is too large',
  );
});

test('the oldest jobs make room', async () => {
  const ids = Array.from({ length: 1010 }, (_, index) => `job-${index}`);
  for (let from = 0; from < ids.length; from += 50)
    await Promise.all(
      ids.slice(from, from + 50).map((jobId) =>
        rest('POST', '/jobs', {
          jobReference: { jobId },
          configuration: { query: { query: 'SELECT 1', useLegacySql: false } },
        }),
      ),
    );
  expect(await rest('GET', '/jobs/job-0')).toMatchObject({ status: 404 });
  expect(await rest('GET', '/jobs/job-1009')).toMatchObject({ status: 200 });
  // What is older than the last hundred has no rows any more, and says so.
  expect(await rest('GET', '/queries/job-500')).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringContaining('only the last 100 are kept') } },
  });
}, 30_000);
