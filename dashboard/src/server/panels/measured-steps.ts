import { METRIC_NAMES } from '@plumbline/contracts';
import type { Filters } from '../filters.ts';
import { type Ask, type Conditions, inFilters } from './panel.ts';
import { stepSql } from './steps.ts';
import { inWindows } from './windows.ts';

const MINUTE_MS = 60_000;

/**
 * A query for count, sum, smallest and largest value of each metric and step, as rows `metric, step,
 * reading_count, sum, min, max`; a step may come in several rows. Steps of a minute or more are read from
 * the aggregates as far as those reach, which scans a hundredth of the readings, and the rest from readings.
 */
export async function steps(ask: Ask, filters: Filters, stepMs: number): Promise<Conditions> {
  const toMs = await aggregatedUntil(ask, filters, stepMs);
  if (toMs <= filters.fromMs) return fromReadings(filters, stepMs);
  const windows = inWindows({ ...filters, toMs }, 'windows_');
  const tail = fromReadings({ ...filters, fromMs: toMs }, stepMs);
  return {
    sql: `  SELECT metric, ${stepSql('window_start')} AS step, reading_count, sum, min, max
  FROM iot_data.aggregates_1m
  WHERE ${windows.sql}
  UNION ALL
${tail.sql}`,
    params: { ...windows.params, ...tail.params },
  };
}

/** Windows are computed every few minutes: the last run is found by looking at the newest. */
const LOOK_BACK_MS = 2 * 3_600_000;

/**
 * Until when windows are complete: up to the minute before the last run. A window that the range cuts at its
 * start is left out, as it would be of any chart. The start of the range if windows cannot serve.
 */
async function aggregatedUntil(ask: Ask, filters: Filters, stepMs: number): Promise<number> {
  const { fromMs, toMs } = filters;
  if (stepMs < MINUTE_MS || filters.device !== undefined) return fromMs;
  const recentMs = Math.max(fromMs, toMs - LOOK_BACK_MS);
  const computedAtMs =
    (await lastRun(ask, recentMs, toMs)) ??
    (recentMs === fromMs ? undefined : await lastRun(ask, fromMs, toMs));
  if (computedAtMs === undefined) return fromMs;
  return Math.min(toMs, Math.floor(computedAtMs / MINUTE_MS) * MINUTE_MS - MINUTE_MS);
}

/** When the newest of the windows of a range was computed, undefined if there is none. */
async function lastRun(ask: Ask, fromMs: number, toMs: number): Promise<number | undefined> {
  const [row] = await ask({
    sql: `SELECT MAX(computed_at) AS computed_at
FROM iot_data.aggregates_1m
WHERE window_start >= @from AND window_start < @to`,
    params: { from: new Date(fromMs), to: new Date(toMs) },
  });
  return typeof row?.computed_at === 'number' ? row.computed_at : undefined;
}

function fromReadings(filters: Filters, stepMs: number): Conditions {
  const { sql, params } = inFilters(filters);
  const names = filters.metric ? [filters.metric] : METRIC_NAMES;
  return {
    sql: `  SELECT
    measured.metric,
    ${stepSql('reading.measured_at')} AS step,
    COUNT(*) AS reading_count,
    SUM(measured.value) AS sum,
    MIN(measured.value) AS min,
    MAX(measured.value) AS max
  FROM (SELECT * FROM iot_data.readings WHERE ${sql}) AS reading
  CROSS JOIN UNNEST([
    ${names.map((name) => `STRUCT('${name}' AS metric, reading.${name} AS value)`).join(',\n    ')}
  ]) AS measured
  WHERE measured.value IS NOT NULL
  GROUP BY metric, step`,
    params: { ...params, step_ms: stepMs },
  };
}
