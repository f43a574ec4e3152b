SELECT
  reading.reading_id,
  reading.device_id,
  reading.measured_at,
  reading.received_at,
  reading.building,
  reading.floor,
  reading.room,
  reading.place_type,
  reading.label,
  measurement.metric,
  measurement.value
FROM {{dataset}}.readings AS reading
CROSS JOIN UNNEST([
  {{metric_structs}}
]) AS measurement
WHERE measurement.value IS NOT NULL
