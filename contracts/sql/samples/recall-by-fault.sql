-- Which kinds of fault are found?
SELECT
  reading.label,
  COUNT(DISTINCT reading.reading_id) AS reading_count,
  COUNT(DISTINCT IF(prediction.is_anomaly, reading.reading_id, NULL)) AS found_count
FROM iot_data.readings AS reading
LEFT JOIN iot_data.predictions AS prediction
  ON prediction.reading_id = reading.reading_id AND prediction.measured_at = reading.measured_at
WHERE reading.label IS NOT NULL
  AND reading.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY reading.label
ORDER BY reading_count DESC
