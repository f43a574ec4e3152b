import { METRIC_NAMES } from '@plumbline/contracts';
import type { Filters } from '../filters.ts';
import type { Row } from '../warehouse.ts';
import { steps } from './measured-steps.ts';
import {
  type Ask,
  FORGOTTEN_AFTER_MS,
  inFilters,
  inPlace,
  inTime,
  type Panel,
  SILENT_AFTER_MS,
  worstSql,
} from './panel.ts';
import { stepOf } from './steps.ts';
import { DEVIATION } from './windows.ts';

/** The key figures: one row. */
export const totals: Panel = {
  description: 'Readings, anomalies, devices, places and averages of the range',
  async answer(ask, filters) {
    const parts = await Promise.all([
      deviceTotals(ask, filters),
      metricTotals(ask, filters),
      occupancyNow(ask, filters),
      anomalyTotals(ask, filters),
      deadLetterTotal(ask, filters),
    ]);
    return [Object.assign({}, ...parts)];
  },
};

/** One scan for readings, devices and places. A copy of a reading has its id, so it is not counted again. */
async function deviceTotals(ask: Ask, filters: Filters): Promise<Row> {
  const { sql, params } = inPlace(filters);
  return one(
    await ask({
      sql: `WITH devices AS (
  SELECT
    device_id,
    MAX(building) AS building,
    MAX(floor) AS floor,
    MAX(room) AS room,
    COUNT(DISTINCT IF(measured_at >= @from, reading_id, NULL)) AS reading_count,
    MAX(measured_at) AS last_at,
    MAX(received_at) AS received_at
  FROM iot_data.readings_raw
  WHERE measured_at >= @oldest AND measured_at < @to${sql}
  GROUP BY device_id
)
SELECT
  IFNULL(SUM(reading_count), 0) AS reading_count,
  COUNT(DISTINCT IF(
    reading_count > 0,
    CONCAT(IFNULL(building, ''), '/', IFNULL(CAST(floor AS STRING), ''), '/', IFNULL(room, '')),
    NULL
  )) AS location_count,
  COUNTIF(last_at >= @active_since) AS active_count,
  COUNTIF(last_at < @active_since) AS silent_count,
  MAX(last_at) AS last_measured_at,
  MAX(received_at) AS last_received_at
FROM devices`,
      params: {
        ...params,
        from: new Date(filters.fromMs),
        to: new Date(filters.toMs),
        oldest: new Date(Math.min(filters.fromMs, filters.toMs - FORGOTTEN_AFTER_MS)),
        active_since: new Date(filters.toMs - SILENT_AFTER_MS),
      },
    }),
  );
}

/** Averages, and the sum of energy. */
async function metricTotals(ask: Ask, filters: Filters): Promise<Row> {
  const { metric: _, ...all } = filters;
  const source = await steps(ask, all, stepOf(filters.toMs - filters.fromMs));
  const rows = await ask({
    sql: `SELECT metric, SUM(sum) AS sum, SUM(sum) / SUM(reading_count) AS mean
FROM (
${source.sql}
) AS steps
WHERE metric IN ('temperature', 'humidity', 'co2', 'energy')
GROUP BY metric`,
    params: source.params,
  });
  const of = (metric: string, column: 'mean' | 'sum') =>
    rows.find((row) => row.metric === metric)?.[column] ?? null;
  return {
    temperature: of('temperature', 'mean'),
    humidity: of('humidity', 'mean'),
    co2: of('co2', 'mean'),
    energy: of('energy', 'sum'),
  };
}

async function occupancyNow(ask: Ask, filters: Filters): Promise<Row> {
  const { sql, params } = inFilters(filters, filters.toMs - SILENT_AFTER_MS);
  return one(
    await ask({
      sql: `SELECT SUM(occupancy) AS occupancy
FROM (
  SELECT occupancy
  FROM iot_data.readings_raw
  WHERE ${sql} AND occupancy IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY measured_at DESC) = 1
) AS latest`,
      params,
    }),
  );
}

async function anomalyTotals(ask: Ask, filters: Filters): Promise<Row> {
  const time = inFilters(filters);
  return one(
    await ask({
      sql: `SELECT
  COUNT(DISTINCT reading_id) AS anomaly_count,
  COUNT(DISTINCT device_id) AS anomalous_device_count
FROM iot_data.anomalies
WHERE ${time.sql}`,
      params: time.params,
    }),
  );
}

async function deadLetterTotal(ask: Ask, { fromMs, toMs }: Filters): Promise<Row> {
  return one(
    await ask({
      sql: `SELECT COUNT(DISTINCT dead_letter_id) AS dead_letter_count
FROM iot_data.dead_letters
WHERE received_at >= @from AND received_at < @to`,
      params: { from: new Date(fromMs), to: new Date(toMs) },
    }),
  );
}

/** How the active devices are now: one row a severity, the worst that was said of each device. */
export const statuses: Panel = {
  description: 'Active devices by the worst severity of their predictions in the last 5 minutes',
  answer(ask, filters) {
    const recent = inTime(filters, filters.toMs - SILENT_AFTER_MS);
    const place = inPlace(filters);
    return ask({
      sql: `WITH worst AS (
${worstSql(recent.sql)}
), fleet AS (
  SELECT DISTINCT device_id
  FROM iot_data.readings_raw
  WHERE ${recent.sql}${place.sql}
)
SELECT worst.severity, COUNT(*) AS device_count
FROM worst
JOIN fleet ON fleet.device_id = worst.device_id
GROUP BY worst.severity`,
      params: { ...recent.params, ...place.params },
    });
  },
};

/** Every metric over time, in at most about 300 steps of a round width. */
export const series: Panel = {
  description: 'Mean, smallest and largest value of every metric over time',
  async answer(ask, filters) {
    const stepMs = stepOf(filters.toMs - filters.fromMs);
    const source = await steps(ask, filters, stepMs);
    const rows = await ask({
      sql: `SELECT
  metric,
  step,
  SUM(reading_count) AS reading_count,
  SUM(sum) / SUM(reading_count) AS mean,
  MIN(min) AS min,
  MAX(max) AS max
FROM (
${source.sql}
) AS steps
GROUP BY metric, step
ORDER BY metric, step`,
      params: source.params,
    });
    return rows.map(({ metric = null, step, ...row }) => ({
      metric,
      start_at: Number(step) * stepMs,
      step_ms: stepMs,
      ...row,
    }));
  },
};

/** What each metric usually is, from the day before the end of the range. */
export const usual: Panel = {
  description: 'Mean and standard deviation of each metric over the last 24 hours',
  answer(ask, filters) {
    const { device: _, ...fleet } = filters;
    const place = inPlace(fleet);
    return ask({
      sql: `SELECT
  metric,
  SUM(reading_count) AS reading_count,
  SUM(sum) / SUM(reading_count) AS mean,
  ${DEVIATION} AS deviation
FROM iot_data.aggregates_1m
WHERE window_start >= @from AND window_start < @to${place.sql}
GROUP BY metric`,
      params: {
        ...place.params,
        from: new Date(filters.toMs - FORGOTTEN_AFTER_MS),
        to: new Date(filters.toMs),
      },
    });
  },
};

/**
 * The newest readings, each with what was said of it. Looks back a minute first: in a large fleet that is
 * enough, in a small one looking back further costs little.
 */
export const latest: Panel = {
  description: 'The newest readings with the severity of their prediction',
  async answer(ask, filters) {
    let rows: readonly Row[] = [];
    for (const backMs of [60_000, 900_000, FORGOTTEN_AFTER_MS]) {
      const fromMs = Math.max(filters.fromMs, filters.toMs - backMs);
      rows = await latestSince(ask, filters, fromMs);
      if (rows.length >= filters.limit || fromMs === filters.fromMs) break;
    }
    return rows;
  },
};

function latestSince(ask: Ask, filters: Filters, fromMs: number): Promise<readonly Row[]> {
  const { sql, params } = inFilters(filters, fromMs);
  const time = inTime(filters, fromMs);
  const metric = filters.metric ? ` AND ${filters.metric} IS NOT NULL` : '';
  const severity = filters.severity ? '\nWHERE predicted.severity = @severity' : '';
  return ask({
    sql: `SELECT
  reading.reading_id,
  reading.device_id,
  reading.measured_at,
  reading.received_at,
  reading.building,
  reading.floor,
  reading.room,
  reading.place_type,
${METRIC_NAMES.map((name) => `  reading.${name}`).join(',\n')},
  predicted.severity,
  predicted.score
FROM (
  SELECT *
  FROM iot_data.readings
  WHERE ${sql}${metric}
) AS reading
LEFT JOIN (
  SELECT reading_id, severity, score
  FROM iot_data.predictions
  WHERE ${time.sql}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1
) AS predicted ON predicted.reading_id = reading.reading_id${severity}
ORDER BY reading.measured_at DESC, reading.reading_id
LIMIT ${filters.limit}`,
    params: { ...params, ...(filters.severity && { severity: filters.severity }) },
  });
}

/** Where devices are: what the filters offer. */
export const places: Panel = {
  description: 'Buildings, floors and kinds of room that sent readings in the last day',
  maxAgeMs: 60_000,
  answer(ask, filters) {
    return ask({
      sql: `SELECT building, floor, place_type, COUNT(DISTINCT device_id) AS device_count
FROM iot_data.readings_raw
WHERE measured_at >= @from AND measured_at < @to
GROUP BY building, floor, place_type
ORDER BY building, floor, place_type
LIMIT 2000`,
      params: {
        from: new Date(Math.min(filters.fromMs, filters.toMs - FORGOTTEN_AFTER_MS)),
        to: new Date(filters.toMs),
      },
    });
  },
};

function one(rows: readonly Row[]): Row {
  return rows[0] ?? {};
}
