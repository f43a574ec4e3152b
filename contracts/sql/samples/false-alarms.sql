-- How many anomalies had no known fault? Labels come from the simulator or a data set.
WITH judged AS (
  SELECT prediction.reading_id, prediction.is_anomaly, reading.label
  FROM iot_data.predictions AS prediction
  JOIN iot_data.readings AS reading
    ON reading.reading_id = prediction.reading_id AND reading.measured_at = prediction.measured_at
  WHERE prediction.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    AND reading.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY prediction.reading_id ORDER BY prediction.predicted_at) = 1
)
SELECT
  COUNTIF(is_anomaly AND label IS NULL) AS false_alarms,
  COUNTIF(is_anomaly AND label IS NOT NULL) AS hits,
  COUNTIF(NOT is_anomaly AND label IS NOT NULL) AS misses,
  SAFE_DIVIDE(COUNTIF(is_anomaly AND label IS NOT NULL), COUNTIF(is_anomaly)) AS `precision`,
  SAFE_DIVIDE(COUNTIF(is_anomaly AND label IS NOT NULL), COUNTIF(label IS NOT NULL)) AS recall
FROM judged
