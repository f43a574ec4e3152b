-- Sums of all the places of a floor: exact, whatever their sizes.
SELECT
  window_start,
  building,
  floor,
  metric,
  SUM(reading_count) AS reading_count,
  SUM(sum) AS sum,
  SUM(sum_of_squares) AS sum_of_squares,
  SAFE_DIVIDE(SUM(sum), SUM(reading_count)) AS mean,
  MIN(min) AS min,
  MAX(max) AS max,
  SQRT(GREATEST(0, SAFE_DIVIDE(
    SUM(sum_of_squares) - SUM(sum) * SUM(sum) / SUM(reading_count),
    SUM(reading_count) - 1
  ))) AS deviation,
  SUM(rule_anomaly_count) AS rule_anomaly_count,
  SUM(z_score_anomaly_count) AS z_score_anomaly_count,
  SUM(late_count) AS late_count
FROM {{dataset}}.aggregates_1m
GROUP BY 1, 2, 3, 4
