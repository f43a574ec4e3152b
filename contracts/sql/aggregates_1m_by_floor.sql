SELECT
  window_start,
  building,
  floor,
  metric,
  SUM(reading_count) AS reading_count,
  SUM(sum) AS sum,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean,
  MIN(min) AS min,
  MAX(max) AS max,
  SUM(rule_anomaly_count) AS rule_anomaly_count
FROM {{dataset}}.aggregates_1m
GROUP BY 1, 2, 3, 4
