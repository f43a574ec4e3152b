-- Which kinds of anomaly happen?
SELECT anomaly_type, severity, COUNT(DISTINCT anomaly.reading_id) AS anomaly_count
FROM iot_data.anomalies AS anomaly
CROSS JOIN UNNEST(anomaly.anomaly_types) AS anomaly_type
WHERE anomaly.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY anomaly_type, severity
ORDER BY anomaly_count DESC
