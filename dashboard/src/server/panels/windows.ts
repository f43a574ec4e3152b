import type { Filters } from '../filters.ts';
import type { Cell, Row } from '../warehouse.ts';
import { type Ask, type Conditions, inPlace, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';

/** Exact however many windows are taken together. */
const ROLLED_UP = `SUM(reading_count) AS reading_count,
  SUM(sum) / SUM(reading_count) AS mean,
  MIN(min) AS min,
  MAX(max) AS max`;

/** The newest processed windows over all places, and how complete they are. */
export const windows: Panel = {
  description: 'The newest 1-minute windows with their counts',
  answer(ask, filters) {
    const { sql, params } = inWindows(filters);
    return ask({
      sql: `SELECT
  window_start AS start_at,
  COUNT(DISTINCT place) AS place_count,
  SUM(reading_count) AS value_count,
  SUM(rule_anomaly_count) AS rule_anomaly_count,
  SUM(z_score_anomaly_count) AS z_score_anomaly_count,
  SUM(late_count) AS late_count,
  MAX(computed_at) AS computed_at
FROM iot_data.aggregates_1m
WHERE ${sql}
GROUP BY start_at
ORDER BY start_at DESC
LIMIT ${filters.limit}`,
      params,
    });
  },
};

/** Windows of the whole range: one row. */
export const windowTotals: Panel = {
  description: 'Windows processed in the range, and what was found in them',
  answer(ask, filters) {
    const { sql, params } = inWindows(filters);
    return ask({
      sql: `SELECT
  COUNT(DISTINCT window_start) AS window_count,
  SUM(reading_count) AS value_count,
  SUM(rule_anomaly_count) AS rule_anomaly_count,
  SUM(z_score_anomaly_count) AS z_score_anomaly_count,
  SUM(late_count) AS late_count,
  MIN(window_start) AS first_at,
  MAX(window_start) AS last_at,
  MAX(computed_at) AS computed_at
FROM iot_data.aggregates_1m
WHERE ${sql}`,
      params,
    });
  },
};

/** Every metric over time from windows: exact means and deviations however wide the step. */
export const windowSeries: Panel = {
  description: 'Mean, range and standard deviation of every metric over time, from windows',
  async answer(ask, filters) {
    const { sql, params } = inWindows(filters);
    const stepMs = stepOf(filters.toMs - filters.fromMs, 300, 60_000);
    const rows = await ask({
      sql: `SELECT
  metric,
  ${stepSql('window_start')} AS step,
  ${ROLLED_UP}
FROM iot_data.aggregates_1m
WHERE ${sql}
GROUP BY metric, step
ORDER BY metric, step`,
      params: { ...params, step_ms: stepMs },
    });
    return rows.map(({ metric = null, step, ...row }) => ({
      metric,
      start_at: Number(step) * stepMs,
      step_ms: stepMs,
      ...row,
    }));
  },
};

/** Every metric by building and floor. */
export const floors: Panel = {
  description: 'Mean, range, sum and anomalies of every metric by building and floor',
  answer: async (ask, filters) =>
    rollUp(await windowsByPlace(ask, filters), ['building', 'floor', 'metric']),
};

/** Every metric by kind of room. */
export const placeTypes: Panel = {
  description: 'Mean, range and anomalies of every metric by kind of room',
  answer: async (ask, filters) =>
    rollUp(await windowsByPlace(ask, filters), ['place_type', 'metric']),
};

/** Every metric by place, with how often rules were broken. */
export const statistics: Panel = {
  description: 'Mean, standard deviation, range and share of rule anomalies by place and metric',
  async answer(ask, filters) {
    const rows = await windowsByPlace(ask, filters);
    return rollUp(rows, ['building', 'floor', 'place_type', 'metric']).map((row) => ({
      ...row,
      rule_anomaly_share: row.rule_anomaly_count / row.reading_count,
    }));
  },
};

/** Sums over the windows of the range by everything they have: asked once for all panels that show a part of it. */
export function windowsByPlace(ask: Ask, filters: Filters): Promise<readonly Row[]> {
  const { sql, params } = inWindows(filters);
  return ask({
    sql: `SELECT
  building,
  floor,
  place_type,
  metric,
  SUM(reading_count) AS reading_count,
  SUM(sum) AS sum,
  SUM(sum_of_squares) AS sum_of_squares,
  MIN(min) AS min,
  MAX(max) AS max,
  SUM(rule_anomaly_count) AS rule_anomaly_count
FROM iot_data.aggregates_1m
WHERE ${sql}
GROUP BY building, floor, place_type, metric
ORDER BY building, floor, place_type, metric
LIMIT 20000`,
    params,
  });
}

interface RolledUp {
  /** The columns that rows were taken together by. */
  readonly [column: string]: Cell;
  readonly reading_count: number;
  readonly sum: number;
  readonly mean: number;
  /** Of all values. */
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly rule_anomaly_count: number;
}

/** Rows of `windowsByPlace` taken together by some of their columns, in the order in which these first come. */
export function rollUp(rows: readonly Row[], by: readonly string[]): readonly RolledUp[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(by.map((column) => row[column])));
  return [...groups.values()].map((group) => {
    const total = (column: string) => group.reduce((sum, row) => sum + Number(row[column]), 0);
    const count = total('reading_count');
    const mean = total('sum') / count;
    return {
      ...Object.fromEntries(by.map((column) => [column, group[0]?.[column] ?? null])),
      reading_count: count,
      sum: total('sum'),
      mean,
      // A rounding error must not make it the root of less than nothing.
      deviation: Math.sqrt(Math.max(0, total('sum_of_squares') / count - mean * mean)),
      min: Math.min(...group.map((row) => Number(row.min))),
      max: Math.max(...group.map((row) => Number(row.max))),
      rule_anomaly_count: total('rule_anomaly_count'),
    };
  });
}

/** Time range, place and metric as conditions on windows. The names of the times may have a prefix. */
export function inWindows(filters: Filters, prefix = ''): Conditions {
  const { device: _, ...fleet } = filters;
  const place = inPlace(fleet);
  const metric = filters.metric ? ' AND metric = @metric' : '';
  return {
    sql: `window_start >= @${prefix}from AND window_start < @${prefix}to${place.sql}${metric}`,
    params: {
      [`${prefix}from`]: new Date(filters.fromMs),
      [`${prefix}to`]: new Date(filters.toMs),
      ...place.params,
      ...(filters.metric && { metric: filters.metric }),
    },
  };
}
