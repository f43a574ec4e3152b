import { inTime, type Panel } from './panel.ts';

/** Which model versions scored in the range, newest first. No model version: rules alone answered. */
export const models: Panel = {
  description: 'Model versions that scored readings of the range',
  answer(ask, filters) {
    const { sql, params } = inTime(filters);
    return ask({
      sql: `SELECT
  model_version,
  COUNT(DISTINCT reading_id) AS prediction_count,
  COUNT(DISTINCT IF(is_anomaly, reading_id, NULL)) AS anomaly_count,
  AVG(score) AS mean_score,
  AVG(threshold) AS mean_threshold,
  MIN(predicted_at) AS first_predicted_at,
  MAX(predicted_at) AS last_predicted_at
FROM iot_data.predictions
WHERE ${sql}
GROUP BY model_version
ORDER BY last_predicted_at DESC
LIMIT 50`,
      params,
    });
  },
};

/** What each version was made of and how well it did on what it had not learned from, newest first. */
export const modelRecords: Panel = {
  description: 'Model versions as the trainer left them',
  maxAgeMs: 10_000,
  answer(ask, { limit }) {
    return ask({
      sql: `SELECT
  version AS model_version,
  model_name,
  trained_at,
  engine,
  outcome,
  reasons,
  reading_count,
  device_count,
  event_count,
  found_count,
  false_alarm_count
FROM iot_data.model_versions
QUALIFY ROW_NUMBER() OVER (PARTITION BY model_name, version ORDER BY recorded_at DESC) = 1
ORDER BY trained_at DESC
LIMIT ${limit}`,
      params: {},
    });
  },
};
