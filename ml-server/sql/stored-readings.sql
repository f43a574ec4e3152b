-- Readings of a time range in the order in which each device measured them, with what was said of them so far.
-- One shard of the devices at a time, so that sorting fits whatever the range holds.
WITH
  judged AS (
    SELECT reading_id, ANY_VALUE(is_anomaly) AS is_anomaly
    FROM {{dataset}}.predictions
    WHERE measured_at >= @from_time AND measured_at < @until_time
    GROUP BY reading_id
  ),
  reported AS (
    SELECT DISTINCT reading_id
    FROM {{dataset}}.anomalies
    WHERE measured_at >= @from_time AND measured_at < @until_time
  )
SELECT
  r.reading_id,
  r.device_id,
  r.measured_at,
  r.building,
  r.floor,
  r.room,
  r.place_type,
  {{columns}},
  judged.is_anomaly AS was_anomaly,
  reported.reading_id IS NOT NULL AS is_reported
FROM {{dataset}}.readings AS r
LEFT JOIN judged ON judged.reading_id = r.reading_id
LEFT JOIN reported ON reported.reading_id = r.reading_id
WHERE r.measured_at >= @from_time AND r.measured_at < @until_time
  AND ABS(MOD(FARM_FINGERPRINT(r.device_id), @shard_count)) = @shard
ORDER BY r.device_id, r.measured_at, r.reading_id
