-- What is usual is the median of the device's hours of the last week: a device that was changed to another
-- rhythm is judged by the new one after half a week.
WITH hours AS (
  SELECT device_id, TIMESTAMP_TRUNC(measured_at, HOUR) AS window_start, COUNT(*) AS reading_count
  FROM {{dataset}}.readings
  WHERE measured_at >= TIMESTAMP_SUB(TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR), INTERVAL 168 HOUR)
    AND measured_at < TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR)
  GROUP BY 1, 2
),
devices AS (
  SELECT
    device_id,
    MIN(window_start) AS first_hour,
    APPROX_QUANTILES(reading_count, 2)[OFFSET(1)] AS usual_count
  FROM hours
  GROUP BY 1
)
SELECT
  devices.device_id,
  hour AS window_start,
  IFNULL(hours.reading_count, 0) AS reading_count,
  devices.usual_count,
  LEAST(1, SAFE_DIVIDE(IFNULL(hours.reading_count, 0), devices.usual_count)) AS completeness
FROM devices
CROSS JOIN UNNEST(GENERATE_TIMESTAMP_ARRAY(
  devices.first_hour,
  TIMESTAMP_SUB(TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR), INTERVAL 1 HOUR),
  INTERVAL 1 HOUR
)) AS hour
LEFT JOIN hours ON hours.device_id = devices.device_id AND hours.window_start = hour
