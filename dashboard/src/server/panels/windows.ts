import type { Filters } from '../filters.ts';
import { type Conditions, inPlace, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';

/** Exact however many windows are taken together. */
const ROLLED_UP = `SUM(reading_count) AS reading_count,
  SUM(sum) / SUM(reading_count) AS mean,
  MIN(min) AS min,
  MAX(max) AS max`;

/** Of all values in the windows. A rounding error must not make it the root of less than nothing. */
export const DEVIATION =
  'SQRT(GREATEST(0, SUM(sum_of_squares) / SUM(reading_count) - POW(SUM(sum) / SUM(reading_count), 2)))';

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
export const floors = rolledUp({
  description: 'Mean, range, sum and anomalies of every metric by building and floor',
  by: ['building', 'floor', 'metric'],
  also: ['SUM(sum) AS sum', 'SUM(rule_anomaly_count) AS rule_anomaly_count'],
});

/** Every metric by kind of room. */
export const placeTypes = rolledUp({
  description: 'Mean, range and anomalies of every metric by kind of room',
  by: ['place_type', 'metric'],
  also: ['SUM(rule_anomaly_count) AS rule_anomaly_count'],
});

/** Every metric by place, with how often rules were broken. */
export const statistics = rolledUp({
  description: 'Mean, standard deviation, range and share of rule anomalies by place and metric',
  by: ['building', 'floor', 'place_type', 'metric'],
  also: [
    `${DEVIATION} AS deviation`,
    'SUM(rule_anomaly_count) / SUM(reading_count) AS rule_anomaly_share',
  ],
});

interface RollUp {
  readonly description: string;
  /** Columns of a window; the rows are in their order. */
  readonly by: readonly string[];
  /** Expressions over the windows of a group, beside count, mean, smallest and largest value. */
  readonly also: readonly string[];
}

/** Windows of the range taken together by some of their columns. */
function rolledUp({ description, by, also }: RollUp): Panel {
  return {
    description,
    answer(ask, filters) {
      const { sql, params } = inWindows(filters);
      return ask({
        sql: `SELECT
  ${[...by, ROLLED_UP, ...also].join(',\n  ')}
FROM iot_data.aggregates_1m
WHERE ${sql}
GROUP BY ${by.join(', ')}
ORDER BY ${by.join(', ')}
LIMIT 5000`,
        params,
      });
    },
  };
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
