-- A sample of the readings of a time range. Blocks of time of a device are taken or left whole, by a hash:
-- neighbours stay together, so rates and rolling features come out as the server computes them; every run
-- over the same range reads the same rows; and two ranges of the hash share none.
SELECT
  device_id,
  measured_at,
  place_type,
  {{columns}}
FROM {{dataset}}.readings
WHERE measured_at >= @from_time AND measured_at < @until_time
  AND ABS(MOD(FARM_FINGERPRINT(CONCAT(
    device_id, '/', CAST(DIV(UNIX_SECONDS(measured_at), @block_seconds) AS STRING)
  )), 10000)) BETWEEN @hash_from AND @hash_below - 1
ORDER BY device_id, measured_at, reading_id
LIMIT {{limit}}
