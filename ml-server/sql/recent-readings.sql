-- The last readings of every device that were judged, oldest first: what a server that starts should
-- remember. One that is stored but not judged yet is still to come, and would be taken for a redelivery.
SELECT
  device_id,
  measured_at,
  place_type,
  {{columns}}
FROM {{dataset}}.readings
WHERE measured_at >= @from_time AND measured_at < @until_time
  AND reading_id IN (
    SELECT reading_id FROM {{dataset}}.predictions
    WHERE measured_at >= @from_time AND measured_at < @until_time
  )
QUALIFY ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY measured_at DESC, reading_id) <= {{per_device}}
ORDER BY device_id, measured_at, reading_id
LIMIT {{limit}}
