import { METRIC_NAMES, type MetricName } from '@plumbline/contracts';
import type { Filters } from '../filters.ts';
import type { Row } from '../warehouse.ts';
import { anomaliesOverTime } from './anomalies.ts';
import { fleetByPlace } from './fleet.ts';
import { steps } from './measured-steps.ts';
import {
  type Ask,
  FORGOTTEN_AFTER_MS,
  inFilters,
  inPredictions,
  inTime,
  type Panel,
  SILENT_AFTER_MS,
  worstSql,
} from './panel.ts';
import { stepOf } from './steps.ts';
import { rollUp, windowsByPlace } from './windows.ts';

/** The key figures: one row. Averages are those of `series` and anomalies those of `anomalies-over-time`, asked once for both. */
export const totals: Panel = {
  description: 'Readings, anomalies, devices, places and averages of the range',
  async answer(ask, { metric: _, severity: __, ...filters }) {
    const [devices, readings, metrics, anomalySteps, deadLetters] = await Promise.all([
      deviceTotals(ask, filters),
      readingTotal(ask, filters),
      series.answer(ask, filters),
      anomaliesOverTime.answer(ask, filters),
      deadLetterTotal(ask, filters),
    ]);
    return [
      {
        ...devices,
        ...readings,
        ...deadLetters,
        temperature: averageOf('temperature', metrics),
        humidity: averageOf('humidity', metrics),
        co2: averageOf('co2', metrics),
        energy: sumOf('energy', metrics),
        anomaly_count: anomalySteps.reduce((sum, row) => sum + Number(row.anomaly_count), 0),
      },
    ];
  },
};

async function deviceTotals(ask: Ask, filters: Filters): Promise<Row> {
  const rows = await fleetByPlace(ask, filters);
  const total = (column: 'location_count' | 'active_count' | 'silent_count') =>
    rows.reduce((sum, row) => sum + row[column], 0);
  const counted = rows.filter((row) => row.occupancy !== null);
  return {
    location_count: total('location_count'),
    active_count: total('active_count'),
    silent_count: total('silent_count'),
    last_measured_at: rows.length > 0 ? Math.max(...rows.map((row) => row.last_measured_at)) : null,
    occupancy:
      counted.length > 0 ? counted.reduce((sum, row) => sum + (row.occupancy ?? 0), 0) : null,
  };
}

/** A copy of a reading has its id, so it is not counted again. */
async function readingTotal(ask: Ask, filters: Filters): Promise<Row> {
  const { sql, params } = inFilters(filters);
  return one(
    await ask({
      sql: `SELECT COUNT(DISTINCT reading_id) AS reading_count
FROM iot_data.readings_raw
WHERE ${sql}`,
      params,
    }),
  );
}

function sumOf(metric: MetricName, steps: readonly Row[]): number | null {
  const rows = steps.filter((row) => row.metric === metric);
  if (rows.length === 0) return null;
  return rows.reduce((sum, row) => sum + Number(row.mean) * Number(row.reading_count), 0);
}

function averageOf(metric: MetricName, steps: readonly Row[]): number | null {
  const sum = sumOf(metric, steps);
  const count = steps
    .filter((row) => row.metric === metric)
    .reduce((total, row) => total + Number(row.reading_count), 0);
  return sum === null ? null : sum / count;
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
    const { severity: _, ...fleet } = filters;
    const { sql, params } = inPredictions({ ...fleet, fromMs: filters.toMs - SILENT_AFTER_MS });
    return ask({
      sql: `SELECT severity, COUNT(*) AS device_count
FROM (
${worstSql(sql)}
) AS worst
GROUP BY severity`,
      params,
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
  maxAgeMs: 60_000,
  async answer(ask, { metric: _, ...filters }) {
    const day = { ...filters, fromMs: filters.toMs - FORGOTTEN_AFTER_MS };
    const rows = await windowsByPlace(ask, day);
    return rollUp(rows, ['metric']).map(({ metric = null, reading_count, mean, deviation }) => ({
      metric,
      reading_count,
      mean,
      deviation,
    }));
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
  description: 'Buildings, floors and kinds of room of the devices heard in the last day',
  maxAgeMs: 60_000,
  async answer(ask, filters) {
    const rows = await fleetByPlace(ask, filters);
    return rows.map(({ building, floor, place_type }) => ({ building, floor, place_type }));
  },
};

function one(rows: readonly Row[]): Row {
  return rows[0] ?? {};
}
