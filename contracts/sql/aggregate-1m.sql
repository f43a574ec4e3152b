-- Recomputes, whole, every 1-minute window since the first that a reading of the look-back touched. Nothing is
-- added up across runs, so running twice, late or out of order gives the same rows.
-- All bounds are on whole minutes: a window is recomputed from all of its readings or not at all.
-- The first statement reads two columns; its answer is a constant to the second, which so reads few partitions.
DECLARE first_window TIMESTAMP DEFAULT (
  SELECT TIMESTAMP_TRUNC(MIN(measured_at), MINUTE)
  FROM {{dataset}}.readings_raw
  WHERE measured_at >= TIMESTAMP_TRUNC(TIMESTAMP_SUB(@run_time, INTERVAL {{horizon_minutes}} MINUTE), MINUTE)
    AND received_at > TIMESTAMP_SUB(@run_time, INTERVAL {{look_back_minutes}} MINUTE)
);

IF first_window IS NOT NULL THEN

MERGE {{dataset}}.aggregates_1m AS target
USING (
  WITH placed AS (
    SELECT
      TIMESTAMP_TRUNC(m.measured_at, MINUTE) AS window_start,
      CONCAT(
        IFNULL(m.building, ''), '/',
        IFNULL(CAST(m.floor AS STRING), ''), '/',
        IFNULL(m.place_type, '')
      ) AS place,
      m.building,
      m.floor,
      m.place_type,
      m.device_id,
      m.received_at,
      m.metric,
      m.value
    FROM {{dataset}}.measurements AS m
    WHERE m.measured_at >= first_window
  ),
  compared AS (
    SELECT
      placed.*,
      AVG(value) OVER (PARTITION BY window_start, place, metric) AS window_mean,
      STDDEV_SAMP(value) OVER (PARTITION BY window_start, place, metric) AS window_deviation
    FROM placed
  ),
  counted AS (
    SELECT
      c.window_start,
      c.place,
      MAX(c.building) AS building,
      MAX(c.floor) AS floor,
      MAX(c.place_type) AS place_type,
      c.metric,
      COUNT(*) AS reading_count,
      COUNT(DISTINCT c.device_id) AS device_count,
      -- Added up as decimals, so that the result does not depend on the order of the rows.
      CAST(SUM(CAST(c.value AS NUMERIC)) AS FLOAT64) AS sum,
      CAST(SUM(CAST(c.value * c.value AS NUMERIC)) AS FLOAT64) AS sum_of_squares,
      MIN(c.value) AS min,
      MAX(c.value) AS max,
      COUNTIF(IF(
        own.metric IS NOT NULL,
        c.value < own.low OR c.value > own.high,
        c.value < other.low OR c.value > other.high
      )) AS rule_anomaly_count,
      COUNTIF(ABS(c.value - c.window_mean) > 3 * c.window_deviation) AS z_score_anomaly_count,
      COUNTIF(c.received_at > TIMESTAMP_ADD(c.window_start, INTERVAL 2 MINUTE)) AS late_count
    FROM compared AS c
    LEFT JOIN {{dataset}}.limits AS own ON own.metric = c.metric AND own.place_type = c.place_type
    LEFT JOIN {{dataset}}.limits AS other ON other.metric = c.metric AND other.place_type IS NULL
    GROUP BY c.window_start, c.place, c.metric
  )
  SELECT
    counted.*,
    sum / reading_count AS mean,
    SQRT(GREATEST(0, SAFE_DIVIDE(
      sum_of_squares - sum * sum / reading_count,
      reading_count - 1
    ))) AS deviation
  FROM counted
) AS source
ON target.window_start = source.window_start
  AND target.place = source.place
  AND target.metric = source.metric
  AND target.window_start >= first_window
WHEN MATCHED THEN UPDATE SET
  reading_count = source.reading_count,
  device_count = source.device_count,
  sum = source.sum,
  sum_of_squares = source.sum_of_squares,
  mean = source.mean,
  min = source.min,
  max = source.max,
  deviation = source.deviation,
  rule_anomaly_count = source.rule_anomaly_count,
  z_score_anomaly_count = source.z_score_anomaly_count,
  late_count = source.late_count,
  computed_at = @run_time
WHEN NOT MATCHED THEN INSERT (
  window_start, place, building, floor, place_type, metric, reading_count, device_count, sum,
  sum_of_squares, mean, min, max, deviation, rule_anomaly_count, z_score_anomaly_count, late_count,
  computed_at
) VALUES (
  source.window_start, source.place, source.building, source.floor, source.place_type, source.metric,
  source.reading_count, source.device_count, source.sum, source.sum_of_squares, source.mean,
  source.min, source.max, source.deviation, source.rule_anomaly_count, source.z_score_anomaly_count,
  source.late_count, @run_time
);

END IF;
