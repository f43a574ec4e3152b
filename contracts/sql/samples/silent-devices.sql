-- Which devices have said nothing for ten minutes?
SELECT
  device_id,
  building,
  floor,
  measured_at AS last_measured_at,
  TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), measured_at, MINUTE) AS silent_minutes
FROM iot_data.latest_readings
WHERE measured_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 10 MINUTE)
ORDER BY silent_minutes DESC
