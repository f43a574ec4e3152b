-- Which devices raise most alerts?
SELECT
  device_id,
  COUNT(DISTINCT IF(is_alert, reading_id, NULL)) AS alerts,
  COUNT(DISTINCT reading_id) AS anomalies,
  MAX(score) AS highest_score
FROM iot_data.anomalies
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY device_id
ORDER BY alerts DESC, anomalies DESC
LIMIT 20
