import { describe, expect, test } from 'vitest';
import { publishModel, startModelBucket, trainedModel } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';
import { type StoredReading, startWarehouse } from '../../test/warehouse.ts';
import { loadModel } from '../model/load-model.ts';
import { RULES } from '../rules.ts';
import { openPredictionStore, type PredictionStore } from '../warehouse/stored-readings.ts';
import { type BackfillConfig, backfill } from './backfill.ts';
import { parseCommand, UsageError } from './command-line.ts';
import { reportText } from './report.ts';

const START_MS = Date.UTC(2026, 0, 8);
const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 0, 9);
const trained = trainedModel(1);
const model = loadModel(trained.reference, trained.bytes);

/** Three devices; in the middle one of them grows hot. */
function history(count: number): StoredReading[] {
  return Array.from({ length: count }, (_, i) => {
    const isHot = i % 3 === 1 && count / 2 < i && i < count / 2 + 30;
    return {
      deviceId: `m${i % 3}`,
      atMs: START_MS + i * MINUTE_MS,
      temperature: 22 + Math.sin(i / 20) + (isHot ? 20 : 0),
      vibration: 1.2 + (i % 7) / 50,
    };
  });
}

async function withHistory(count: number) {
  const warehouse = await startWarehouse();
  await warehouse.store(history(count));
  const store = openPredictionStore(warehouse.bigquery, 1e9);
  const run = (changes: Partial<BackfillConfig> = {}, used: PredictionStore = store) =>
    backfill(
      {
        range: { fromMs: START_MS, untilMs: START_MS + count * MINUTE_MS },
        leadMs: 0,
        detectors: 'all',
        isDryRun: false,
        shardCount: 2,
        ...changes,
      },
      { store: used, model, rules: RULES, now: () => NOW_MS },
    );
  const rowsOf = async (table: string) => {
    const query = `SELECT * FROM iot_data.${table} ORDER BY reading_id`;
    return (await warehouse.bigquery.query(query))[0];
  };
  return { warehouse, store, run, rowsOf };
}

/** Ends like a killed process: after so many inserts nothing is written any more. */
function dyingAfter(store: PredictionStore, inserts: number): PredictionStore {
  let left = inserts;
  return {
    readings: store.readings,
    async write(table, rows) {
      if (left-- <= 0) throw new Error('killed');
      await store.write(table, rows);
    },
  };
}

test('killed in the middle and run again, it leaves what one run would have left', async () => {
  const [whole, broken] = [await withHistory(1_600), await withHistory(1_600)];
  const report = await whole.run();
  expect(report.written).toBe(1_600);
  // One insert a run; the fourth is that of the anomalies of a group, whose predictions are then missing.
  for (let kill = 0; kill < 4; kill++) {
    await expect(broken.run({}, dyingAfter(broken.store, 1))).rejects.toThrow('killed');
  }
  expect((await broken.rowsOf('anomalies')).length).toBeGreaterThan(0);
  const before = (await broken.rowsOf('predictions')).length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(1_600);
  const last = await broken.run();
  expect(last.written).toBe(1_600 - before);
  for (const table of ['predictions', 'anomalies']) {
    expect(await broken.rowsOf(table)).toEqual(await whole.rowsOf(table));
  }
  expect(await broken.rowsOf('anomalies')).toHaveLength(report.total.anomalies);
  expect((await broken.run()).written).toBe(0);
});

describe('beside the stream', () => {
  test('it says of the same history what the server said', async () => {
    const { run, warehouse } = await withHistory(300);
    const { bucket, store } = await startModelBucket();
    await publishModel(store, trained);
    const server = await startServer(bucket);
    const readings = history(300);
    const live = await server.batch(
      readings.map(({ deviceId: device_id, atMs, ...metrics }) => ({
        device_id,
        timestamp: new Date(atMs).toISOString(),
        ...metrics,
      })),
    );
    await warehouse.judged(readings, (i) => live[i]?.is_anomaly ?? false);
    const found = live.filter(({ is_anomaly }) => is_anomaly).length;
    expect(found).toBeGreaterThan(0);
    const { total } = await run({ isDryRun: true });
    expect(total).toMatchObject({ both: found, onlyHere: 0, onlyBefore: 0, missing: 0 });
    const alerts = live.filter(({ is_alert }) => is_alert).length;
    expect(total.alerts).toBe(alerts);
  });

  test('a detector can be tried on history before it is switched on: nothing is written', async () => {
    const { run, rowsOf } = await withHistory(300);
    const report = await run({ detectors: 'rules', isDryRun: true });
    expect(await rowsOf('predictions')).toEqual([]);
    expect(report.total).toMatchObject({ readings: 300, missing: 300 });
    expect([...report.devices].map(([id, one]) => [id, one.anomalies])).toEqual(
      expect.arrayContaining([
        ['m0', 0],
        ['m1', report.total.anomalies],
      ]),
    );
    expect(reportText(report, true)).toMatch(/^m1 +100 +10 /m);
  });

  test('readings before the range make its devices known', async () => {
    const { run } = await withHistory(600);
    const range = { fromMs: START_MS + 300 * MINUTE_MS, untilMs: START_MS + 600 * MINUTE_MS };
    const options = { range, isDryRun: true } as const;
    const whole = await run({ isDryRun: true });
    const known = await run({ ...options, leadMs: 300 * MINUTE_MS });
    expect(known.total.readings).toBe(300);
    expect(known.total.alerts).toBe(whole.total.alerts);
  });
});

test.each([
  [['--to', '2026-01-02T00:00:00Z'], '--from is missing'],
  [['--from', 'yesterday', '--to', '2026-01-02T00:00:00Z'], '--from is yesterday'],
  [['--from', '2026-01-02T00:00:00Z', '--to', '2026-01-01T00:00:00Z'], '--to must be after'],
  [['--from', '2026-01-01', '--to', '2026-01-02', '--detectors', 'magic'], '--detectors is magic'],
  [['--from', '2026-01-01', '--to', '2026-01-02', '--model', 'x'], '--model is for a trial'],
  [['--what'], 'what'],
])('%j is refused: %s', (words, message) => {
  expect(() => parseCommand(words)).toThrow(UsageError);
  expect(() => parseCommand(words)).toThrow(message);
});
