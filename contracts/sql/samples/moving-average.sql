-- How does the temperature move when its noise is smoothed over 15 minutes?
WITH minutes AS (
  SELECT window_start, SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean
  FROM iot_data.aggregates_1m
  WHERE metric = 'temperature'
    AND window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 6 HOUR)
  GROUP BY window_start
)
SELECT
  window_start,
  mean,
  AVG(mean) OVER (ORDER BY window_start ROWS BETWEEN 14 PRECEDING AND CURRENT ROW) AS smooth
FROM minutes
ORDER BY window_start
