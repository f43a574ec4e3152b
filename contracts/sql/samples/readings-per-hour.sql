-- How many readings came each hour of the last day?
SELECT
  TIMESTAMP_TRUNC(measured_at, HOUR) AS hour,
  COUNT(*) AS reading_count,
  COUNT(DISTINCT device_id) AS device_count
FROM iot_data.readings
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY hour
ORDER BY hour
