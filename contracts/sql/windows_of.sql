-- Counts, sums and sums of squares add up, so every length of window is exact, not a mean of means.
SELECT
  TIMESTAMP_SECONDS(DIV(UNIX_SECONDS(window_start), minutes * 60) * minutes * 60) AS window_start,
  place,
  building,
  floor,
  place_type,
  metric,
  SUM(reading_count) AS reading_count,
  SUM(sum) AS sum,
  SUM(sum_of_squares) AS sum_of_squares,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean,
  MIN(min) AS min,
  MAX(max) AS max,
  {{dataset}}.deviation_of(SUM(reading_count), SUM(sum), SUM(sum_of_squares)) AS deviation
FROM {{dataset}}.aggregates_1m
WHERE window_start >= from_time AND window_start < to_time
GROUP BY 1, 2, 3, 4, 5, 6
