-- Do temperature and vibration move together?
SELECT device_id, CORR(temperature, vibration) AS correlation, COUNT(*) AS reading_count
FROM iot_data.readings
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
  AND temperature IS NOT NULL
  AND vibration IS NOT NULL
GROUP BY device_id
ORDER BY correlation DESC
LIMIT 20
