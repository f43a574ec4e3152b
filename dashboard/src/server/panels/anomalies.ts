import { BadRequestError, type Filters } from '../filters.ts';
import type { Row } from '../warehouse.ts';
import { type Conditions, inFilters, inPredictions, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';

const COLUMNS = `reading_id,
  device_id,
  measured_at,
  predicted_at,
  building,
  floor,
  room,
  place_type,
  score,
  threshold,
  severity,
  anomaly_types,
  detectors,
  model_version,
  is_alert,
  explanation,
  contributions`;

/** One anomaly, wherever it is in the last 31 days: `filters.reading` names it. */
export const anomaly: Panel = {
  description: 'One anomaly by its reading_id',
  async answer(ask, { reading, toMs }) {
    if (reading === undefined) throw new BadRequestError('reading is required');
    return ask({
      sql: `SELECT
  ${COLUMNS}
FROM iot_data.anomalies
WHERE measured_at >= @oldest AND reading_id = @reading
ORDER BY predicted_at
LIMIT 1`,
      params: { oldest: new Date(toMs - 31 * 24 * 3_600_000), reading },
    });
  },
};

/** The newest anomalies with all that is needed to understand them. */
export const anomalies: Panel = {
  description: 'The newest anomalies with their reason',
  answer(ask, filters) {
    const { sql, params } = narrowed(filters);
    return ask({
      sql: `SELECT
  ${COLUMNS}
FROM iot_data.anomalies
WHERE ${sql}
QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1
ORDER BY measured_at DESC, reading_id
LIMIT ${filters.limit}`,
      params,
    });
  },
};

/** How many anomalies there were in each step and severity. */
export const anomaliesOverTime: Panel = {
  description: 'Anomalies over time by severity',
  async answer(ask, filters) {
    const { sql, params } = narrowed(filters);
    const stepMs = stepOf(filters.toMs - filters.fromMs, 72);
    const rows = await ask({
      sql: `SELECT ${stepSql('measured_at')} AS step, severity, COUNT(DISTINCT reading_id) AS anomaly_count
FROM iot_data.anomalies
WHERE ${sql}
GROUP BY step, severity
ORDER BY step`,
      params: { ...params, step_ms: stepMs },
    });
    return startOf(rows, stepMs);
  },
};

/** The strangest score of each device in each step: swim lanes. */
export const lanes: Panel = {
  description: 'Highest score of each device and step',
  async answer(ask, filters) {
    const { sql, params } = narrowed(filters);
    const stepMs = stepOf(filters.toMs - filters.fromMs, 72);
    const rows = await ask({
      sql: `SELECT
  device_id,
  ${stepSql('measured_at')} AS step,
  MAX(score) AS score,
  COUNT(DISTINCT reading_id) AS anomaly_count,
  COUNT(DISTINCT IF(severity = 'critical', reading_id, NULL)) AS critical_count,
  MAX(reading_id) AS reading_id
FROM iot_data.anomalies
WHERE ${sql}
GROUP BY device_id, step
ORDER BY step DESC
LIMIT 2000`,
      params: { ...params, step_ms: stepMs },
    });
    return startOf(rows, stepMs);
  },
};

/** What kinds of anomaly there were. */
export const anomalyTypes: Panel = {
  description: 'Anomalies by type',
  answer(ask, filters) {
    const { sql, params } = narrowed(filters);
    return ask({
      sql: `SELECT type, COUNT(DISTINCT reading_id) AS anomaly_count, COUNT(DISTINCT device_id) AS device_count
FROM iot_data.anomalies
CROSS JOIN UNNEST(anomaly_types) AS type
WHERE ${sql}
GROUP BY type
ORDER BY anomaly_count DESC
LIMIT 50`,
      params,
    });
  },
};

/** How scores are spread, in steps of 0.02, and the thresholds they were held against. */
export const scores: Panel = {
  description: 'Predictions by score',
  answer(ask, filters) {
    const { sql, params } = inPredictions(filters);
    return ask({
      sql: `SELECT
  FLOOR(score * 50) / 50 AS score,
  COUNT(*) AS prediction_count,
  COUNTIF(is_anomaly) AS anomaly_count,
  AVG(threshold) AS threshold
FROM iot_data.predictions
WHERE ${sql}
GROUP BY 1
ORDER BY 1
LIMIT 500`,
      params,
    });
  },
};

/** Rules and models side by side: one row. Only what some detector named is taken apart, a small part of all. */
export const agreement: Panel = {
  description: 'Predictions called anomalous by rules, by models, by both, by neither',
  async answer(ask, filters) {
    const { sql, params } = inPredictions(filters);
    const where = `${sql} AND model_version IS NOT NULL`;
    const [all, named] = await Promise.all([
      ask({
        sql: `SELECT COUNT(DISTINCT reading_id) AS prediction_count
FROM iot_data.predictions
WHERE ${where}`,
        params,
      }),
      ask({
        sql: `WITH verdicts AS (
  SELECT
    'rule' IN UNNEST(detectors) AS by_rule,
    EXISTS (SELECT 1 FROM UNNEST(detectors) AS detector WHERE detector != 'rule') AS by_model
  FROM iot_data.predictions
  WHERE ${where} AND ARRAY_LENGTH(detectors) > 0
  QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id, measured_at ORDER BY predicted_at) = 1
)
SELECT
  COUNTIF(by_rule AND by_model) AS both_count,
  COUNTIF(by_rule AND NOT by_model) AS rule_only_count,
  COUNTIF(by_model AND NOT by_rule) AS model_only_count
FROM verdicts`,
        params,
      }),
    ]);
    return [{ prediction_count: 0, ...all[0], ...named[0] }];
  },
};

/** Conditions of every filter on the table `anomalies`. A metric counts if it has a quarter of the decision. */
function narrowed(filters: Filters): Conditions {
  const { sql, params } = inFilters(filters);
  const { metric, severity } = filters;
  const byMetric = metric
    ? ' AND EXISTS (SELECT 1 FROM UNNEST(contributions) AS part WHERE part.metric = @metric AND part.share >= 0.25)'
    : '';
  const bySeverity = severity ? ' AND severity = @severity' : '';
  return {
    sql: `${sql}${byMetric}${bySeverity}`,
    params: { ...params, ...(metric && { metric }), ...(severity && { severity }) },
  };
}

function startOf(rows: readonly Row[], stepMs: number): readonly Row[] {
  return rows.map(({ step, ...row }) => ({
    start_at: Number(step) * stepMs,
    step_ms: stepMs,
    ...row,
  }));
}
