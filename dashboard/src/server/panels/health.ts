import { inTime, type Panel } from './panel.ts';

/** The newest dead letters; the payload is left out, it may be 64 kB of anything. */
export const deadLetters: Panel = {
  description: 'The newest dead letters with their reason',
  answer(ask, { fromMs, toMs, limit }) {
    return ask({
      sql: `SELECT dead_letter_id, received_at, message_id, reading_index, reason, detail
FROM iot_data.dead_letters
WHERE received_at >= @from AND received_at < @to
QUALIFY ROW_NUMBER() OVER (PARTITION BY dead_letter_id ORDER BY received_at) = 1
ORDER BY received_at DESC
LIMIT ${limit}`,
      params: { from: new Date(fromMs), to: new Date(toMs) },
    });
  },
};

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
