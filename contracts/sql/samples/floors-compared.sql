-- How do the floors differ today?
SELECT
  building,
  floor,
  metric,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean,
  SUM(rule_anomaly_count) AS outside_limits
FROM iot_data.aggregates_1m_by_floor
WHERE window_start >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY building, floor, metric
ORDER BY metric, building, floor
