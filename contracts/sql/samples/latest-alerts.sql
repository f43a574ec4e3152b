-- What is off right now, and why?
SELECT measured_at, device_id, building, floor, severity, anomaly_types, explanation
FROM iot_data.anomalies
WHERE is_alert
  AND measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
QUALIFY ROW_NUMBER() OVER (PARTITION BY reading_id ORDER BY predicted_at) = 1
ORDER BY measured_at DESC
LIMIT 20
