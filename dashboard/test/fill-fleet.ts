import type { BigQuery } from '@google-cloud/bigquery';

export interface FleetSize {
  readonly devices: number;
  /** Spread evenly over the 24 hours before `nowMs`. */
  readonly readings: number;
  readonly nowMs: number;
}

/**
 * Fills the tables by SQL with readings and predictions of a large fleet in 5 buildings of 10 floors: a daily
 * wave, and one reading in 200 an anomaly. The same size and time give the same rows.
 */
export async function fillFleet(bigquery: BigQuery, size: FleetSize): Promise<void> {
  const params = { ...size, day_ms: 24 * 3_600_000, now: new Date(size.nowMs) };
  for (const sql of [READINGS, PREDICTIONS, ANOMALIES]) {
    await bigquery.query({ query: sql, params: used(sql, params) });
  }
}

const READINGS = `INSERT INTO iot_data.readings_raw
  (reading_id, device_id, measured_at, received_at, message_id, building, floor, place_type, room, temperature, vibration)
SELECT
  CONCAT('r', CAST(n AS STRING)),
  CONCAT('device-', CAST(MOD(n, @devices) AS STRING)),
  TIMESTAMP_SUB(@now, INTERVAL CAST(FLOOR(n * @day_ms / @readings) AS INT64) MILLISECOND),
  TIMESTAMP_SUB(@now, INTERVAL CAST(FLOOR(n * @day_ms / @readings) AS INT64) - 300 MILLISECOND),
  CONCAT('m', CAST(n AS STRING)),
  SUBSTR('ABCDE', 1 + MOD(n, 5), 1),
  1 + MOD(DIV(MOD(n, @devices), 5), 10),
  ['office', 'meeting_room', 'server_room', 'lobby'][OFFSET(MOD(DIV(MOD(n, @devices), 50), 4))],
  CAST(100 + MOD(MOD(n, @devices), 900) AS STRING),
  21 + 3 * SIN(6.2832 * n / @readings) + MOD(n * 7919, 1000) / 1000,
  1.2 + MOD(n * 104729, 1000) / 2000
FROM UNNEST(GENERATE_ARRAY(0, @readings - 1)) AS n`;

const PREDICTIONS = `INSERT INTO iot_data.predictions
  (reading_id, device_id, measured_at, predicted_at, is_anomaly, score, threshold, severity, anomaly_types, detectors, model_version)
SELECT
  reading_id, device_id, measured_at, TIMESTAMP_ADD(received_at, INTERVAL 500 MILLISECOND),
  MOD(n, 200) = 0,
  IF(MOD(n, 200) = 0, 1.4, 0.3 + MOD(n, 100) / 200),
  1.0,
  IF(MOD(n, 200) != 0, 'normal', IF(MOD(n, 400) = 0, 'critical', 'warning')),
  IF(MOD(n, 200) = 0, ['overheating'], []),
  IF(MOD(n, 200) = 0, ['rule'], []),
  '20261120T080000Z-3f2a'
FROM (SELECT *, CAST(SUBSTR(reading_id, 2) AS INT64) AS n FROM iot_data.readings_raw)`;

const ANOMALIES = `INSERT INTO iot_data.anomalies
  (reading_id, device_id, measured_at, building, floor, place_type, room, predicted_at, is_anomaly, score, threshold,
   severity, anomaly_types, detectors, model_version, is_alert, explanation, contributions)
SELECT
  reading.reading_id, reading.device_id, reading.measured_at, building, floor, place_type, room, predicted_at, TRUE,
  score, threshold, severity, anomaly_types, detectors, model_version, FALSE, 'temperature is above its limit 30',
  [STRUCT('temperature' AS metric, temperature AS value, 21.0 AS expected, 18.0 AS low, 24.0 AS high, 1.0 AS share)]
FROM iot_data.predictions AS predicted
JOIN iot_data.readings_raw AS reading ON reading.reading_id = predicted.reading_id
WHERE predicted.is_anomaly`;

/** BigQuery refuses parameters that a query does not name. */
function used<Values extends Readonly<Record<string, unknown>>>(sql: string, values: Values) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => sql.includes(`@${name}`)));
}
