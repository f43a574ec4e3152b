-- How complete is each hour, measured by the devices' own busiest hour?
WITH hours AS (
  SELECT device_id, TIMESTAMP_TRUNC(measured_at, HOUR) AS hour, COUNT(*) AS reading_count
  FROM iot_data.readings
  WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
  GROUP BY device_id, hour
),
expected AS (
  SELECT device_id, hour, reading_count, MAX(reading_count) OVER (PARTITION BY device_id) AS most
  FROM hours
)
SELECT hour, SUM(reading_count) AS reading_count, SAFE_DIVIDE(SUM(reading_count), SUM(most)) AS completeness
FROM expected
GROUP BY hour
ORDER BY hour
