-- What is usual for each kind of room?
SELECT
  place_type,
  metric,
  COUNT(*) AS measurement_count,
  AVG(value) AS mean,
  STDDEV_SAMP(value) AS deviation,
  APPROX_QUANTILES(value, 100)[OFFSET(5)] AS p5,
  APPROX_QUANTILES(value, 100)[OFFSET(95)] AS p95
FROM iot_data.measurements
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY place_type, metric
ORDER BY place_type, metric
