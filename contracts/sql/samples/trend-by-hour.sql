-- How did each metric move over the last day?
SELECT
  window_start,
  metric,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean,
  MIN(min) AS min,
  MAX(max) AS max
FROM iot_data.aggregates_1h
WHERE window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY window_start, metric
ORDER BY metric, window_start
