-- Of the means of one-minute windows of a place, so that metrics of different devices in a room can be compared.
SELECT
  TIMESTAMP_TRUNC(one.window_start, DAY) AS day,
  one.place,
  one.metric,
  other.metric AS other_metric,
  COUNT(*) AS window_count,
  CORR(one.mean, other.mean) AS correlation
FROM {{dataset}}.aggregates_1m AS one
JOIN {{dataset}}.aggregates_1m AS other
  ON other.window_start = one.window_start AND other.place = one.place
WHERE one.metric < other.metric
GROUP BY 1, 2, 3, 4
