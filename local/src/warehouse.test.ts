import { BigQuery } from '@google-cloud/bigquery';
import {
  type AggregationReach,
  DATASET,
  type Reading,
  SCHEDULED_QUERIES,
  sampleQueries,
  TABLES,
  VIEWS,
} from '@plumbline/contracts';
import { type BigQueryEmulator, startBigQuery } from '@plumbline/emulators';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aggregationBytes } from './aggregation-bytes.ts';
import { aggregate, createWarehouse } from './warehouse.ts';

let emulator: BigQueryEmulator;
let bigquery: BigQuery;

beforeAll(async () => {
  emulator = await startBigQuery();
  bigquery = new BigQuery({ projectId: 'warehouse', apiEndpoint: `http://${emulator.host}` });
  await createWarehouse(bigquery);
});

afterAll(() => emulator.stop());

const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;

function row(reading: Partial<Reading> & { receivedMs?: number }, index: number) {
  const measuredMs = reading.measuredAtMs ?? NOW_MS - index * 20_000;
  return {
    reading_id: reading.readingId ?? `r${index}`,
    device_id: reading.deviceId ?? `device-${index % 3}`,
    measured_at: new Date(measuredMs).toISOString(),
    received_at: new Date(reading.receivedMs ?? measuredMs + 500).toISOString(),
    message_id: `m${index}`,
    building: 'A',
    floor: index % 2,
    place_type: 'office',
    temperature: 20 + (index % 7) / 10,
    vibration: 1 + (index % 5) / 100,
    ...(index % 40 === 0 && { label: 'spike', temperature: 45 }),
  };
}

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return (await bigquery.query({ query, defaultDataset: { datasetId: DATASET } }))[0];
}

test('what exists is left alone: creating twice is creating once', async () => {
  await createWarehouse(bigquery);
  const [tables] = await bigquery.dataset(DATASET).getTables();
  expect(tables.map(({ id }) => id).sort()).toEqual(
    [...Object.keys(TABLES), ...Object.keys(VIEWS)].sort(),
  );
  const labels = tables.map(({ id, metadata }) => [id, metadata.labels]);
  expect(Object.fromEntries(labels)).toEqual(
    Object.fromEntries([
      ...Object.entries(TABLES).map(([id, { kind }]) => [id, { app: 'plumbline', data: kind }]),
      ...Object.keys(VIEWS).map((id) => [id, { app: 'plumbline', data: 'views' }]),
    ]),
  );
  const [metadata] = await bigquery.dataset(DATASET).table('readings_raw').getMetadata();
  expect(metadata.timePartitioning).toMatchObject({ type: 'HOUR', field: 'measured_at' });
  expect(
    metadata.schema.fields.every(({ description }: { description: string }) => description),
  ).toBe(true);
});

describe('with readings, copies and late ones', () => {
  const first = Array.from({ length: 300 }, (_, index) => row({}, index));
  const copies = first.slice(0, 30).map((one, index) => ({ ...one, message_id: `again${index}` }));

  beforeAll(async () => {
    const table = bigquery.dataset(DATASET).table('readings_raw');
    await table.insert([...first, ...copies]);
  });

  test('each reading is once in the view', async () => {
    expect(await rows('SELECT COUNT(*) AS raw FROM readings_raw')).toEqual([{ raw: 330 }]);
    expect(
      await rows('SELECT COUNT(*) AS once, COUNT(DISTINCT reading_id) AS ids FROM readings'),
    ).toEqual([{ once: 300, ids: 300 }]);
  });

  test('aggregates equal a recomputation: run twice, and again after late readings', async () => {
    const reach = { lookBackMinutes: 24 * 60, horizonMinutes: 48 * 60 };
    const stored = `SELECT window_start, place, metric, reading_count, device_count, sum, sum_of_squares, mean, min, max,
        deviation, rule_anomaly_count, z_score_anomaly_count, late_count
      FROM aggregates_1m ORDER BY window_start, place, metric`;
    await aggregate(bigquery, new Date(NOW_MS + 60_000), reach);
    const once = await rows(stored);
    await aggregate(bigquery, new Date(NOW_MS + 60_000), reach);
    expect(await rows(stored)).toEqual(once);

    const late = Array.from({ length: 20 }, (_, index) =>
      row(
        {
          readingId: `late${index}`,
          measuredAtMs: NOW_MS - index * 60_000 - 1_000,
          receivedMs: NOW_MS,
        },
        index,
      ),
    );
    await bigquery.dataset(DATASET).table('readings_raw').insert(late);
    // The scheduled reach: the late readings were received just now, their windows lie further back.
    await aggregate(bigquery, new Date(NOW_MS + 60_000));
    const afterwards = await rows(stored);
    await rows('TRUNCATE TABLE aggregates_1m');
    await aggregate(bigquery, new Date(NOW_MS + 60_000), reach);
    expect(await rows(stored)).toEqual(afterwards);
    expect(afterwards).not.toEqual(once);

    const total = afterwards
      .filter(({ metric }) => metric === 'temperature')
      .reduce((sum, { reading_count: count }) => sum + Number(count), 0);
    expect(total).toBe(320);
  });

  test('windows of any length carry the mean and the deviation of their readings', async () => {
    const bounds = 'TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY), CURRENT_TIMESTAMP()';
    const [compared] = await rows(
      `SELECT COUNT(*) AS windows, MAX(ABS(w.mean - d.mean)) AS mean, MAX(ABS(w.deviation - d.deviation)) AS deviation
       FROM ${DATASET}.windows_of(${bounds}, 15) AS w
       JOIN (
         SELECT TIMESTAMP_SECONDS(DIV(UNIX_SECONDS(measured_at), 900) * 900) AS window_start, floor,
           AVG(temperature) AS mean, STDDEV_SAMP(temperature) AS deviation
         FROM readings
         GROUP BY 1, 2
       ) AS d ON d.window_start = w.window_start AND d.floor = w.floor
       WHERE w.metric = 'temperature'`,
    );
    expect(compared?.windows).toBeGreaterThan(10);
    expect(compared?.mean).toBeCloseTo(0, 6);
    expect(compared?.deviation).toBeCloseTo(0, 6);
  });

  test('the hours add up to the minutes, deviations included', async () => {
    const [hour] = await rows(
      `SELECT SUM(reading_count) AS reading_count, SUM(sum) AS sum FROM aggregates_1h WHERE metric = 'vibration'`,
    );
    const [direct] = await rows(
      'SELECT COUNT(vibration) AS reading_count, SUM(vibration) AS sum FROM readings',
    );
    expect(hour?.reading_count).toBe(direct?.reading_count);
    expect(hour?.sum).toBeCloseTo(Number(direct?.sum), 6);
    const [deviation] = await rows(
      `SELECT MAX(ABS(h.deviation - d.deviation)) AS difference
       FROM aggregates_1h AS h
       JOIN (
         SELECT TIMESTAMP_TRUNC(measured_at, HOUR) AS hour, floor, STDDEV_SAMP(temperature) AS deviation
         FROM readings GROUP BY hour, floor
       ) AS d ON d.hour = h.window_start AND d.floor = h.floor
       WHERE h.metric = 'temperature' AND h.reading_count > 1`,
    );
    expect(Number(deviation?.difference)).toBeLessThan(1e-6);
  });

  test.each(sampleQueries().map((sample) => [sample.name, sample] as const))(
    'sample %s asks a question and runs',
    async (_, { question, sql }) => {
      expect(question).toMatch(/\?/);
      expect(Array.isArray(await rows(sql))).toBe(true);
    },
  );

  test('there are samples enough, and the questions about readings have answers', async () => {
    const samples = sampleQueries();
    expect(samples.length).toBeGreaterThanOrEqual(25);
    for (const name of [
      'readings-per-hour',
      'trend-by-hour',
      'statistics-by-place',
      'copies',
      'completeness',
    ]) {
      const sql = samples.find((sample) => sample.name === name)?.sql ?? '';
      expect((await rows(sql)).length, name).toBeGreaterThan(0);
    }
  });
});

describe('bytes read by a run of the aggregation', () => {
  const HOUR_MS = 3_600_000;
  let own: BigQuery;

  /** 60 readings an hour, from so many hours before the last ones. */
  async function insertHours(fromHour: number, toHour: number): Promise<void> {
    const lastMs = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS;
    const all = Array.from({ length: (toHour - fromHour) * 60 }, (_, index) => {
      const measuredAtMs = lastMs - (fromHour + index / 60) * HOUR_MS;
      return row({ readingId: `h${fromHour}-${index}`, measuredAtMs }, index);
    });
    await own.dataset(DATASET).table('readings_raw').insert(all);
  }
  const bytesOf = (name: keyof typeof SCHEDULED_QUERIES) =>
    aggregationBytes(own, new Date(NOW_MS), SCHEDULED_QUERIES[name].reach);

  beforeAll(async () => {
    own = new BigQuery({ projectId: 'bytes', apiEndpoint: `http://${emulator.host}` });
    await createWarehouse(own);
    await insertHours(0, 50);
    await own
      .dataset(DATASET)
      .table('readings_raw')
      .insert([row({ readingId: 'now' }, 1)]);
  });

  test('do not grow with the age of the table', async () => {
    await aggregate(own, new Date(NOW_MS));
    const young = {
      often: await bytesOf('aggregate-1m'),
      late: await bytesOf('aggregate-1m-late'),
    };
    await insertHours(50, 150);
    await aggregate(own, new Date(NOW_MS));
    expect(await bytesOf('aggregate-1m')).toBe(young.often);
    // The size of a row is estimated from a sample.
    expect(await bytesOf('aggregate-1m-late')).toBeCloseTo(young.late, -4);
  });

  test('are those of an hour or two when the last minutes are aggregated, however late a reading may come', async () => {
    const bytesAt = (offsetMs: number, reach: AggregationReach) =>
      aggregationBytes(own, new Date(NOW_MS + offsetMs), reach);
    const twoDays = { lookBackMinutes: 100 * 60, horizonMinutes: 2_880 };
    const everything = await bytesAt(1, twoDays);
    const often = await bytesAt(2, SCHEDULED_QUERIES['aggregate-1m'].reach);
    const late = await bytesAt(3, SCHEDULED_QUERIES['aggregate-1m-late'].reach);
    expect(often).toBeLessThan(everything / 8);
    expect(late).toBeLessThan(everything / 2);
  });
});

test('schedules are what BigQuery allows: every five minutes at the most, off the hour', () => {
  for (const { everyMinutes, startMinute } of Object.values(SCHEDULED_QUERIES)) {
    expect(everyMinutes).toBeGreaterThanOrEqual(5);
    expect(startMinute % everyMinutes).not.toBe(0);
  }
});
