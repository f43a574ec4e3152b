-- When in the week is it warm? Days count from Sunday, 1.
SELECT
  EXTRACT(DAYOFWEEK FROM window_start) AS weekday,
  EXTRACT(HOUR FROM window_start) AS hour,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean
FROM iot_data.aggregates_1h
WHERE metric = 'temperature'
  AND window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 672 HOUR)
GROUP BY weekday, hour
ORDER BY weekday, hour
