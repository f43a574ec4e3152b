SELECT *
FROM {{dataset}}.readings
WHERE measured_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
QUALIFY ROW_NUMBER() OVER (PARTITION BY device_id ORDER BY measured_at DESC, reading_id) = 1
