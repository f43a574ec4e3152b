-- How many copies of readings were delivered?
SELECT
  COUNT(*) AS delivered,
  COUNT(DISTINCT reading_id) AS readings,
  COUNT(*) - COUNT(DISTINCT reading_id) AS copies
FROM iot_data.readings_raw
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
