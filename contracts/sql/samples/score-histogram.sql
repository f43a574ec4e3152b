-- How are the scores spread?
SELECT
  LEAST(CAST(FLOOR(score / threshold * 10) AS INT64), 30) AS tenths_of_threshold,
  COUNT(*) AS prediction_count
FROM iot_data.predictions
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY tenths_of_threshold
ORDER BY tenths_of_threshold
