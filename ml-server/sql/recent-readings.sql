-- The last readings of every device, oldest first: what a server that starts should remember.
SELECT
  device_id,
  measured_at,
  place_type,
  {{columns}}
FROM {{dataset}}.readings
WHERE measured_at >= @from_time AND measured_at < @until_time
QUALIFY ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY measured_at DESC, reading_id) <= {{per_device}}
ORDER BY device_id, measured_at, reading_id
LIMIT {{limit}}
