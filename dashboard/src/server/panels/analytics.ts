import { METRIC_NAMES } from '@plumbline/contracts';
import { inFilters, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';
import { inWindows } from './windows.ts';

/** How metrics move together in the readings that have both. A copy of a reading only gives it more weight. */
export const correlations: Panel = {
  description: "Pearson's correlation of each pair of metrics, over the readings that have both",
  async answer(ask, filters) {
    const { sql, params } = inFilters(filters);
    const pairs = METRIC_NAMES.flatMap((a, index) =>
      METRIC_NAMES.slice(index + 1).map((b) => [a, b] as const),
    );
    const [row = {}] = await ask({
      sql: `SELECT
${pairs.map(([a, b]) => `  CORR(${a}, ${b}) AS ${a}__${b}`).join(',\n')}
FROM iot_data.readings_raw
WHERE ${sql}`,
      params,
    });
    return pairs
      .map(([a, b]) => ({ metric: a, other: b, correlation: row[`${a}__${b}`] ?? null }))
      .filter(({ correlation }) => Number.isFinite(correlation));
  },
};

/** Each building over time: what correlations between buildings and trends are made of. */
export const buildingSeries: Panel = {
  description: 'Mean of every metric by building over time, from windows',
  async answer(ask, filters) {
    const { sql, params } = inWindows(filters);
    const stepMs = stepOf(filters.toMs - filters.fromMs, 48, 60_000);
    const rows = await ask({
      sql: `SELECT
  building,
  metric,
  ${stepSql('window_start')} AS step,
  SUM(sum) / SUM(reading_count) AS mean
FROM iot_data.aggregates_1m
WHERE ${sql} AND building IS NOT NULL
GROUP BY building, metric, step
ORDER BY building, metric, step
LIMIT 10000`,
      params: { ...params, step_ms: stepMs },
    });
    return rows.map(({ step, ...row }) => ({ ...row, start_at: Number(step) * stepMs }));
  },
};

/** Every metric by hour of the day and day of the week, UTC. */
export const hours: Panel = {
  description: 'Mean of every metric by weekday (1 is Sunday) and hour, UTC',
  answer(ask, filters) {
    const { sql, params } = inWindows(filters);
    return ask({
      sql: `SELECT
  metric,
  EXTRACT(DAYOFWEEK FROM window_start) AS weekday,
  EXTRACT(HOUR FROM window_start) AS hour,
  SUM(reading_count) AS reading_count,
  SUM(sum) / SUM(reading_count) AS mean,
  SUM(rule_anomaly_count) AS rule_anomaly_count
FROM iot_data.aggregates_1m
WHERE ${sql}
GROUP BY metric, weekday, hour
ORDER BY metric, weekday, hour`,
      params,
    });
  },
};
