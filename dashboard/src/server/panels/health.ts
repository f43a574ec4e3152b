import { inTime, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';

/** The newest dead letters; the payload is left out, it may be 64 kB of anything. */
export const deadLetters: Panel = {
  description: 'The newest dead letters with their reason',
  answer(ask, { fromMs, toMs, limit }) {
    return ask({
      sql: `SELECT dead_letter_id, received_at, message_id, reading_index, reason, detail
FROM iot_data.dead_letters
WHERE received_at >= @from AND received_at < @to
QUALIFY ROW_NUMBER() OVER (PARTITION BY dead_letter_id ORDER BY received_at) = 1
ORDER BY received_at DESC
LIMIT ${limit}`,
      params: { from: new Date(fromMs), to: new Date(toMs) },
    });
  },
};

/** How fresh the page is and who decides: one row, asked for on every page, so it scans little. */
export const freshness: Panel = {
  description:
    'When the newest reading of the last hour came, and the model version that scored last',
  async answer(ask, filters) {
    const { sql, params } = inTime(filters, filters.toMs - 3_600_000);
    const [received, predicted] = await Promise.all([
      ask({
        sql: `SELECT MAX(received_at) AS received_at
FROM iot_data.readings_raw
WHERE ${sql}`,
        params,
      }),
      ask({
        sql: `SELECT model_version
FROM iot_data.predictions
WHERE ${sql}
ORDER BY predicted_at DESC
LIMIT 1`,
        params,
      }),
    ]);
    return [
      {
        received_at: received[0]?.received_at ?? null,
        is_scored: predicted.length > 0,
        model_version: predicted[0]?.model_version ?? null,
      },
    ];
  },
};

/** Readings that arrived in each step and how long they were under way. By time of receipt, from the last 7 days of measurements. */
export const ingestion: Panel = {
  description: 'Readings received over time, their lag, and redeliveries',
  async answer(ask, { fromMs, toMs }) {
    const stepMs = stepOf(toMs - fromMs, 120);
    const rows = await ask({
      sql: `SELECT
  ${stepSql('received_at')} AS step,
  COUNT(*) AS row_count,
  COUNT(*) - COUNT(DISTINCT reading_id) AS copy_count,
  AVG(TIMESTAMP_DIFF(received_at, measured_at, MILLISECOND)) AS mean_lag_ms,
  MAX(TIMESTAMP_DIFF(received_at, measured_at, MILLISECOND)) AS max_lag_ms
FROM iot_data.readings_raw
WHERE measured_at >= @measured_from AND received_at >= @from AND received_at < @to
GROUP BY step
ORDER BY step`,
      params: {
        measured_from: new Date(fromMs - 7 * 24 * 3_600_000),
        from: new Date(fromMs),
        to: new Date(toMs),
        step_ms: stepMs,
      },
    });
    return rows.map(({ step, ...row }) => ({
      start_at: Number(step) * stepMs,
      step_ms: stepMs,
      ...row,
    }));
  },
};

/** How far each stage of the pipeline has come: one row, over the last 10 minutes. */
export const stages: Panel = {
  description: 'The newest row of each stage, and readings that wait for a prediction',
  async answer(ask, filters) {
    const { sql, params } = inTime(filters, filters.toMs - 600_000);
    const [received, predicted, aggregated] = await Promise.all([
      ask({
        sql: `SELECT
  MAX(reading.received_at) AS received_at,
  COUNT(DISTINCT reading.reading_id) AS reading_count,
  COUNT(DISTINCT IF(predicted.reading_id IS NULL, reading.reading_id, NULL)) AS waiting_count,
  MIN(IF(predicted.reading_id IS NULL, reading.received_at, NULL)) AS oldest_waiting_at
FROM (SELECT reading_id, received_at FROM iot_data.readings_raw WHERE ${sql}) AS reading
LEFT JOIN (SELECT DISTINCT reading_id FROM iot_data.predictions WHERE ${sql}) AS predicted
  ON predicted.reading_id = reading.reading_id`,
        params,
      }),
      ask({
        sql: `SELECT
  MAX(predicted_at) AS predicted_at,
  APPROX_QUANTILES(TIMESTAMP_DIFF(predicted_at, measured_at, MILLISECOND), 100)[SAFE_OFFSET(50)] AS prediction_lag_p50_ms,
  APPROX_QUANTILES(TIMESTAMP_DIFF(predicted_at, measured_at, MILLISECOND), 100)[SAFE_OFFSET(95)] AS prediction_lag_p95_ms
FROM iot_data.predictions
WHERE ${sql}`,
        params,
      }),
      ask({
        sql: `SELECT MAX(computed_at) AS computed_at, MAX(window_start) AS last_window_at
FROM iot_data.aggregates_1m
WHERE window_start >= @day_ago`,
        params: { day_ago: new Date(filters.toMs - 24 * 3_600_000) },
      }),
    ]);
    return [{ ...received[0], ...predicted[0], ...aggregated[0] }];
  },
};

/** What this month brought so far, UTC: what the bill grows with. Copies count, as they were paid for. */
export const usage: Panel = {
  description: 'Rows stored since the month began',
  maxAgeMs: 10 * 60_000,
  answer(ask, { toMs }) {
    const now = new Date(toMs);
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
    return ask({
      sql: `SELECT
  @month AS month_at,
  COUNT(*) AS row_count
FROM iot_data.readings_raw
WHERE measured_at >= @measured_from AND received_at >= @month`,
      params: { month, measured_from: new Date(month.getTime() - 7 * 24 * 3_600_000) },
    });
  },
};
