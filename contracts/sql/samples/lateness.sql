-- How long do readings take from device to warehouse?
SELECT
  TIMESTAMP_TRUNC(received_at, HOUR) AS hour,
  APPROX_QUANTILES(TIMESTAMP_DIFF(received_at, measured_at, MILLISECOND), 100)[OFFSET(50)] AS median_ms,
  APPROX_QUANTILES(TIMESTAMP_DIFF(received_at, measured_at, MILLISECOND), 100)[OFFSET(99)] AS p99_ms
FROM iot_data.readings
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY hour
ORDER BY hour
