/** A question of an analyst, what is worth knowing about it, and the query that answers it. */
export interface Step {
  readonly question: string;
  readonly text: string;
  readonly sql: string;
}

/** In the order in which one gets to know the data. */
export const STEPS: readonly Step[] = [
  {
    question: 'What is there?',
    text: 'The view `readings` has each reading once; `readings_raw` has every copy that was delivered. Ask the view. A filter on `measured_at` reads only the hours that it leaves.',
    sql: `SELECT place_type, COUNT(DISTINCT device_id) AS devices, COUNT(*) AS readings,
  MIN(measured_at) AS first_at, MAX(measured_at) AS last_at
FROM readings
WHERE measured_at >= '2026-11-02' AND measured_at < '2026-11-03'
GROUP BY place_type
ORDER BY readings DESC`,
  },
  {
    question: 'How does a day go?',
    text: '`aggregates_1h` is exact: counts, sums and sums of squares of the minutes were added up. `mean` is no mean of means.',
    sql: `SELECT EXTRACT(HOUR FROM window_start) AS hour,
  ROUND(SUM(IF(metric = 'temperature', sum, 0)) / SUM(IF(metric = 'temperature', reading_count, 0)), 2) AS temperature,
  ROUND(SUM(IF(metric = 'co2', sum, 0)) / SUM(IF(metric = 'co2', reading_count, 0))) AS co2,
  ROUND(SUM(IF(metric = 'energy', sum, 0)), 1) AS energy
FROM aggregates_1h
WHERE window_start >= '2026-11-02'
GROUP BY hour
HAVING MOD(hour, 3) = 0
ORDER BY hour`,
  },
  {
    question: 'Which rooms are worst?',
    text: 'Rules are limits by metric and kind of room (view `limits`). Their counts are in the aggregates, beside those of the z-score.',
    sql: `SELECT place, metric, SUM(reading_count) AS readings, SUM(rule_anomaly_count) AS by_rule,
  SUM(z_score_anomaly_count) AS by_z_score, MIN(min) AS lowest, MAX(max) AS highest
FROM aggregates_1h
GROUP BY place, metric
HAVING by_rule > 0
ORDER BY by_rule DESC, place, metric
LIMIT 8`,
  },
  {
    question: 'Were those readings real?',
    text: 'A simulated fault travels as `label`, which no detector sees. With it one knows how many of the odd readings were faults.',
    sql: `SELECT IFNULL(label, 'no fault') AS label, COUNT(*) AS readings, COUNT(DISTINCT device_id) AS devices,
  ROUND(AVG(temperature), 2) AS temperature, ROUND(MAX(co2)) AS highest_co2
FROM readings
WHERE measured_at >= '2026-11-02'
GROUP BY label
ORDER BY readings DESC`,
  },
  {
    question: 'What moves together?',
    text: '`metric_correlation_1d` compares the one-minute means of the metrics of a place.',
    sql: `SELECT metric, other_metric, SUM(window_count) AS windows,
  ROUND(SUM(window_count * correlation) / SUM(window_count), 3) AS correlation
FROM metric_correlation_1d
WHERE day = '2026-11-02' AND correlation IS NOT NULL AND NOT IS_NAN(correlation)
GROUP BY metric, other_metric
ORDER BY ABS(correlation) DESC, metric, other_metric
LIMIT 6`,
  },
  {
    question: 'Is the data whole?',
    text: '`completeness_1h` compares each hour of a device with its usual hour: a device that fell silent shows with 0.',
    sql: `SELECT device_id, COUNT(*) AS hours, COUNTIF(completeness < 1) AS short_hours,
  ROUND(MIN(completeness), 2) AS worst, ROUND(AVG(completeness), 3) AS mean
FROM completeness_1h
GROUP BY device_id
ORDER BY mean, device_id
LIMIT 6`,
  },
  {
    question: 'What came twice, and what came late?',
    text: 'Copies are normal: delivery is at least once. The view has the copy that came first. Windows count what came more than a minute after their end.',
    sql: `SELECT
  (SELECT COUNT(*) FROM readings_raw) AS rows_delivered,
  (SELECT COUNT(*) FROM readings) AS readings,
  (SELECT COUNTIF(TIMESTAMP_DIFF(received_at, measured_at, MINUTE) >= 2) FROM readings) AS late,
  (SELECT SUM(late_count) FROM aggregates_1m WHERE metric = 'temperature') AS late_in_windows`,
  },
];
