import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { publishModel, startModelBucket, trainedModel } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { startWarehouse } from '../../test/warehouse.ts';
import { openVersionLog } from '../warehouse/version-log.ts';
import { runCommand } from './commands.ts';

const SKLEARN_FOREST = fileURLToPath(
  new URL('../../fixtures/sklearn-forest.json', import.meta.url),
);
const NOW_MS = Date.UTC(2026, 0, 9);

async function withTwoVersions() {
  const { bucket, store } = await startModelBucket();
  const { bigquery, stop } = await startWarehouse();
  const versions = openVersionLog(bigquery);
  const [old, young] = [trainedModel(1), trainedModel(2)];
  await publishModel(store, old);
  await publishModel(store, young);
  const run = (...words: string[]) =>
    runCommand(words, {
      store,
      versions,
      nowMs: NOW_MS,
      readText: (path) => readFile(path, 'utf8'),
    });
  const recorded = async () => {
    const [rows] = await bigquery.query(
      'SELECT version, outcome, engine, recorded_at FROM iot_data.model_versions',
    );
    return rows;
  };
  return {
    bucket,
    store,
    run,
    recorded,
    stop,
    old: old.reference.version,
    young: young.reference.version,
  };
}

test('list names versions, oldest first, with their roles', async () => {
  const { run, old, young } = await withTwoVersions();
  expect(await run('list')).toBe(`${old}  previous\n${young}  current`);
});

test('a rollback reaches a running server at its next look', async () => {
  const { bucket, run, old, young } = await withTwoVersions();
  const server = await startServer(bucket);
  expect(server.model.current()?.version).toBe(young);
  expect(await run('rollback')).toContain(old);
  await server.model.refresh();
  expect(server.model.current()?.version).toBe(old);
});

test('a challenger judges in the shadow, and what it says differently is reported', async () => {
  const { bucket, run, old, young } = await withTwoVersions();
  await run('challenge', old);
  const server = await startServer(bucket);
  await server.challenger.refresh();
  const readings = Array.from({ length: 50 }, (_, i) => ({
    device_id: 'm1',
    timestamp: new Date(Date.UTC(2026, 0, 8, 9, i)).toISOString(),
    temperature: 20 + (i % 7),
  }));
  const decisions = await server.batch(readings);
  expect(new Set(decisions.map((one) => one.model_version))).toEqual(new Set([young]));
  const { shadow } = (await (await server.get('/models')).json()) as {
    shadow: Record<string, number | string>;
  };
  expect(shadow).toMatchObject({ version: old, reading_count: 50 });
  expect(shadow.mean_score_difference).toBeGreaterThan(0);

  await run('promote', old);
  await Promise.all([server.model.refresh(), server.challenger.refresh()]);
  expect(server.model.current()?.version).toBe(old);
  expect(server.challenger.current()).toBeNull();
});

test('a forest that scikit-learn grew becomes a challenger', async () => {
  const { bucket, run } = await withTwoVersions();
  const said = await run('import', SKLEARN_FOREST);
  const server = await startServer(bucket);
  await server.challenger.refresh();
  expect(said).toContain(server.challenger.current()?.version);
  const forests = server.challenger.current()?.bundle.models.map(({ forest }) => forest.treeCount);
  expect(forests).toContain(10);
});

test('the warehouse tells of every change of role, once each', async () => {
  const { run, recorded, old, young } = await withTwoVersions();
  await run('rollback');
  await run('challenge', young);
  await run('challenge', young);
  const ofEach = { engine: 'imported', recorded_at: { value: '2026-01-09T00:00:00.000Z' } };
  expect(await recorded()).toEqual([
    { version: old, outcome: 'promoted', ...ofEach },
    { version: young, outcome: 'challenger', ...ofEach },
  ]);
});

test('a warehouse that is away hinders no promotion, and is told of', async () => {
  const { run, store, stop, old } = await withTwoVersions();
  await stop();
  const said = await run('promote', old);
  expect(said).toContain(`${old} is current`);
  expect(said).toContain('not written to the table model_versions');
  expect((await store.readPointer('current'))?.pointer.version).toBe(old);
});

test('compare shows what two versions learned', async () => {
  const { run, old, young } = await withTwoVersions();
  const text = await run('compare', old);
  expect(text).toContain(young);
  expect(text).toMatch(/temperature\+vibration +1600/);
});

test('a version that is not there is refused, and so is a command that is none', async () => {
  const { run } = await withTwoVersions();
  await expect(run('promote', '20200101T000000Z-00000000')).rejects.toThrow('there is no version');
  await expect(run('promote')).rejects.toThrow('usage');
  await expect(run('delete', 'x')).rejects.toThrow('usage');
});
