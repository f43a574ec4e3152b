import { seededRandom } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { startModelBucket } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { type StoredReading, startWarehouse } from '../../test/warehouse.ts';
import { queryHistory } from '../warehouse/reading-history.ts';
import { openVersionLog } from '../warehouse/version-log.ts';
import { readTrainConfig } from './config.ts';
import { train } from './train.ts';
import type { TrainingReport } from './training-report.ts';

const NOW_MS = Date.UTC(2026, 0, 10, 12);
const MINUTE_MS = 60_000;

/** Machines that report every 5 minutes until now. */
function machines(count: number, readingsEach: number, seed = 1): StoredReading[] {
  const random = seededRandom(seed);
  const noise = () => random() + random() + random() - 1.5;
  return Array.from({ length: count }, (_, device) =>
    Array.from({ length: readingsEach }, (_, i): StoredReading => {
      const atMs = NOW_MS - (readingsEach - i) * 5 * MINUTE_MS;
      return {
        deviceId: `m${device}`,
        atMs,
        temperature: 22 + 2 * Math.sin((2 * Math.PI * atMs) / 86_400_000) + noise(),
        vibration: 1.2 + 0.3 * noise(),
      };
    }),
  ).flat();
}

async function start(readings: readonly StoredReading[]) {
  const { bigquery, store: storeReadings } = await startWarehouse();
  if (0 < readings.length) await storeReadings(readings);
  const { bucket, store, emulator } = await startModelBucket();
  const history = queryHistory(bigquery, 1e9);
  const run = (env: Record<string, string> = {}, nowMs = NOW_MS) =>
    train(readTrainConfig({ GOOGLE_CLOUD_PROJECT: 'test', TREES: '20', ...env }), {
      now: () => nowMs,
      history,
      store,
      versions: openVersionLog(bigquery),
    });
  const objects = () => emulator.objects('test-models').map(({ name }) => name);
  const recorded = async () =>
    (await bigquery.query('SELECT * FROM iot_data.model_versions ORDER BY recorded_at'))[0];
  return { bucket, store, storeReadings, run, objects, recorded };
}

test('history becomes a version that a server takes up: one forest a metric, one for both together', async () => {
  const { bucket, run, objects } = await start(machines(3, 100));
  const server = await startServer(bucket);
  const outcome = await run();
  if (outcome.kind !== 'promoted') throw new Error(`it was ${outcome.kind}`);
  const { version, report } = outcome;
  expect(report.models.map(({ metrics, sample_count }) => [metrics, sample_count])).toEqual([
    [['temperature'], 300],
    [['vibration'], 300],
    [['temperature', 'vibration'], 300],
  ]);
  expect(objects()).toEqual([
    'models/sensors/current.json',
    ...['card.md', 'metrics.json', 'model.json'].map(
      (file) => `models/sensors/versions/${version}/${file}`,
    ),
  ]);
  await server.model.refresh();
  const answer = await server.detect({ device_id: 'new', temperature: 22, vibration: 1.2 });
  expect(answer.model_version).toBe(version);
});

test('the same history and seed give the same forests', async () => {
  const { bucket, run } = await start(machines(3, 100));
  const modelOf = async (version: string) => {
    const path = `models/sensors/versions/${version}/model.json`;
    const { bundle } = JSON.parse(String((await bucket.file(path).download())[0]));
    return bundle.models;
  };
  const until = { TRAINING_UNTIL_MS: String(NOW_MS) };
  const [first, second] = [await run(until), await run(until, NOW_MS + 60_000)];
  if (first.kind === 'refused' || second.kind === 'refused') throw new Error('refused');
  expect(second.version).not.toBe(first.version);
  expect(await modelOf(second.version)).toEqual(await modelOf(first.version));
});

test('49 samples are too few: it says so and changes nothing', async () => {
  const { run, objects } = await start(machines(1, 49));
  expect(await run()).toEqual({
    kind: 'refused',
    problems: expect.arrayContaining(['temperature: 49 samples, wanted 50']),
  });
  expect(objects()).toEqual([]);
});

test('an empty window and a window with holes are refused with what is wrong', async () => {
  const { run, storeReadings } = await start([]);
  expect(await run()).toMatchObject({ problems: [expect.stringContaining('no reading from')] });
  const old = machines(1, 60).map((one) => ({ ...one, atMs: one.atMs - 6 * 86_400_000 }));
  await storeReadings([...old, ...machines(1, 60)]);
  expect(await run({ TRAINING_MIN_COVERAGE: '0.5' })).toMatchObject({
    problems: [expect.stringMatching(/readings in \d+ % of the hours, wanted 50 %/)],
  });
});

test('a metric that never changes is left out', async () => {
  const stuck = machines(2, 100).map((one) => ({ ...one, vibration: 1 }));
  const { run } = await start(stuck);
  const { report } = (await run()) as { report: TrainingReport };
  expect(report.models.map(({ metrics }) => metrics)).toEqual([['temperature']]);
  expect(report.data.metrics).toContainEqual(
    expect.objectContaining({ metric: 'vibration', is_constant: true }),
  );
});

test('of two trainers at once one wins, and the loser’s version stays beside it', async () => {
  const { run, store } = await start(machines(2, 100));
  const outcomes = await Promise.all([run({ SEED: '1' }), run({ SEED: '2' })]);
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['promoted', 'superseded']);
  const winner = outcomes.find(({ kind }) => kind === 'promoted') as { version: string };
  expect((await store.readPointer('current'))?.pointer.version).toBe(winner.version);
  expect(await store.listVersions()).toHaveLength(2);
});

test('no more is read than configured, in whole blocks, and what is held out is not trained on', async () => {
  const { run } = await start(machines(20, 200));
  const { report } = (await run({ TRAINING_MAX_READINGS: '1000' })) as { report: TrainingReport };
  expect(report.data.stored_reading_count).toBe(4_000);
  expect(report.data.read_reading_count).toBeGreaterThan(300);
  expect(report.data.read_reading_count).toBeLessThanOrEqual(1_100);
  expect(report.evaluation?.next.reading_count).toBeGreaterThan(0);
});

test('labels never change what is learned', async () => {
  const plain = machines(3, 100);
  const labelled = plain.map((one, i) => ({ ...one, ...(i % 7 === 0 && { label: 'spike' }) }));
  const [a, b] = [await start(plain), await start(labelled)];
  const [first, second] = [await a.run(), await b.run()];
  if (first.kind === 'refused' || second.kind === 'refused') throw new Error('refused');
  expect(second.version).toBe(first.version);
});

test('the npm package isolation-forest is a selectable engine, and the server serves its forests', async () => {
  const { bucket, run } = await start(machines(2, 100));
  const outcome = await run({ TRAINING_ENGINE: 'npm' });
  expect(outcome).toMatchObject({ kind: 'promoted', report: { engine: 'npm' } });
  const server = await startServer(bucket);
  const answer = await server.detect({ device_id: 'new', temperature: 29.5, vibration: 3.4 });
  expect(answer.detectors).toContainEqual(
    expect.objectContaining({ detector: 'forest', is_anomaly: true }),
  );
});

test('a version that no longer finds known faults does not replace the current one', async () => {
  const { run, store, storeReadings, recorded } = await start(machines(8, 300));
  const first = await run();
  if (first.kind !== 'promoted') throw new Error(`it was ${first.kind}`);
  // So many worn machines that a new version takes wear for ordinary.
  const worn = machines(6, 300, 2).map((one) => ({
    ...one,
    deviceId: `worn-${one.deviceId}`,
    vibration: (one.vibration as number) + 1.6,
    label: 'wear',
  }));
  await storeReadings(worn);
  const second = await run({}, NOW_MS + 60_000);
  if (second.kind === 'refused') throw new Error('it was refused');
  expect(second).toMatchObject({
    kind: 'challenger',
    reasons: expect.arrayContaining([expect.stringMatching(/finds \d+ of \d+ known events/)]),
  });
  expect((await store.readPointer('current'))?.pointer.version).toBe(first.version);
  expect((await store.readPointer('challenger'))?.pointer.version).toBe(second.version);
  const { next } = second.report.evaluation ?? {};
  expect(await recorded()).toMatchObject([
    {
      version: first.version,
      outcome: 'promoted',
      reasons: [],
      reading_count: first.report.data.read_reading_count,
    },
    {
      version: second.version,
      outcome: 'challenger',
      reasons: second.reasons,
      event_count: next?.event_count,
      found_count: next?.found_count,
      false_alarm_count: next?.false_alarm_count,
    },
  ]);
});

test('with MANUAL gate a version waits as challenger', async () => {
  const { run, store } = await start(machines(2, 100));
  expect(await run({ TRAINING_GATE: 'MANUAL' })).toMatchObject({ kind: 'challenger' });
  expect(await store.readPointer('current')).toBeNull();
  expect(await store.readPointer('challenger')).not.toBeNull();
});
