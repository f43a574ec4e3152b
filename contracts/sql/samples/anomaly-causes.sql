-- Which metrics drive the anomalies?
SELECT
  contribution.metric,
  AVG(contribution.share) AS mean_share,
  COUNTIF(contribution.share >= 0.5) AS mostly_because
FROM iot_data.anomalies AS anomaly
CROSS JOIN UNNEST(anomaly.contributions) AS contribution
WHERE anomaly.measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY contribution.metric
ORDER BY mean_share DESC
