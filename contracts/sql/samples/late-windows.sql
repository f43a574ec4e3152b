-- Which windows got readings late?
SELECT window_start, place, metric, reading_count, late_count
FROM iot_data.aggregates_1m
WHERE late_count > 0
  AND window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
ORDER BY late_count DESC
LIMIT 50
