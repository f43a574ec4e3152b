-- Which metrics move together, minute by minute?
WITH minutes AS (
  SELECT window_start, place, metric, mean
  FROM iot_data.aggregates_1m
  WHERE window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
)
SELECT one.metric, other.metric AS other_metric, CORR(one.mean, other.mean) AS correlation
FROM minutes AS one
JOIN minutes AS other ON other.window_start = one.window_start AND other.place = one.place
WHERE one.metric < other.metric
GROUP BY one.metric, other.metric
ORDER BY one.metric, other.metric
