-- Where are limits broken most often?
SELECT
  building,
  floor,
  place_type,
  metric,
  SUM(rule_anomaly_count) AS outside_limits,
  SAFE_DIVIDE(SUM(rule_anomaly_count), SUM(reading_count)) AS share
FROM iot_data.aggregates_1m
WHERE window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY building, floor, place_type, metric
HAVING SUM(rule_anomaly_count) > 0
ORDER BY share DESC
LIMIT 20
