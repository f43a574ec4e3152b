-- Where did a device miss more than five minutes?
WITH steps AS (
  SELECT
    device_id,
    measured_at,
    LAG(measured_at) OVER (PARTITION BY device_id ORDER BY measured_at) AS previous_at
  FROM iot_data.readings
  WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
)
SELECT device_id, previous_at AS gap_start, TIMESTAMP_DIFF(measured_at, previous_at, SECOND) AS gap_seconds
FROM steps
WHERE TIMESTAMP_DIFF(measured_at, previous_at, SECOND) > 300
ORDER BY gap_seconds DESC
LIMIT 50
