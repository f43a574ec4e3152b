-- Which detector calls anomalies, and alone?
SELECT
  detector,
  COUNT(*) AS anomaly_count,
  COUNTIF(ARRAY_LENGTH(anomaly.detectors) = 1) AS alone
FROM iot_data.anomalies AS anomaly
CROSS JOIN UNNEST(anomaly.detectors) AS detector
WHERE anomaly.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY detector
ORDER BY anomaly_count DESC
