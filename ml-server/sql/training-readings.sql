-- Readings to train on. Blocks of time of a device are kept or left whole, by a hash: neighbours stay
-- together, so rates and rolling features come out as the server computes them, and every run of the same
-- window reads the same rows. Labels are not read: no detector may see them.
SELECT
  device_id,
  measured_at,
  place_type,
  {{metrics}}
FROM {{dataset}}.readings
WHERE measured_at >= @from_time AND measured_at < @until_time
  AND MOD(
    ABS(MOD(FARM_FINGERPRINT(CONCAT(
      device_id, '/', CAST(DIV(UNIX_SECONDS(measured_at), @block_seconds) AS STRING)
    )), 1000000)),
    1000
  ) < @keep_of_1000
ORDER BY device_id, measured_at, reading_id
LIMIT {{limit}}
