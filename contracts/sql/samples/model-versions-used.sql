-- Which model versions judged, from when to when?
SELECT
  IFNULL(model_version, 'rules alone') AS model_version,
  MIN(predicted_at) AS first_used,
  MAX(predicted_at) AS last_used,
  COUNT(*) AS prediction_count,
  SAFE_DIVIDE(COUNTIF(is_anomaly), COUNT(*)) AS anomaly_share
FROM iot_data.predictions
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 168 HOUR)
GROUP BY model_version
ORDER BY first_used
