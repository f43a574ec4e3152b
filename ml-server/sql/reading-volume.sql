-- How much there is to train on, before any of it is read.
SELECT
  COUNT(*) AS reading_count,
  COUNT(DISTINCT device_id) AS device_count,
  MIN(measured_at) AS first_at,
  MAX(measured_at) AS last_at
FROM {{dataset}}.readings
WHERE measured_at >= @from_time AND measured_at < @until_time
