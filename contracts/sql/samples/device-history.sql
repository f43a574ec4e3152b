-- What did one device say around its last alert?
WITH last_alert AS (
  SELECT device_id, measured_at
  FROM iot_data.anomalies
  WHERE is_alert
    AND measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
  ORDER BY measured_at DESC
  LIMIT 1
)
SELECT measurement.measured_at, measurement.metric, measurement.value
FROM iot_data.measurements AS measurement
JOIN last_alert ON last_alert.device_id = measurement.device_id
WHERE measurement.measured_at BETWEEN TIMESTAMP_SUB(last_alert.measured_at, INTERVAL 30 MINUTE)
    AND TIMESTAMP_ADD(last_alert.measured_at, INTERVAL 30 MINUTE)
ORDER BY measurement.metric, measurement.measured_at
LIMIT 500
