import type { Decision } from '@plumbline/contracts';
import type { PredictionRow, StoredReading } from '../warehouse/stored-readings.ts';

/** The row of the table predictions for a reading, as the function detect writes it. */
export function predictionRow(
  { reading }: StoredReading,
  decision: Decision,
  nowMs: number,
): PredictionRow {
  const finders = decision.detectors.filter(({ is_anomaly }) => is_anomaly);
  return {
    reading_id: reading.reading_id,
    device_id: reading.device_id,
    measured_at: reading.timestamp,
    predicted_at: new Date(nowMs).toISOString(),
    is_anomaly: decision.is_anomaly,
    score: decision.score,
    threshold: decision.threshold,
    severity: decision.severity,
    anomaly_types: decision.anomaly_types,
    detectors: [...new Set(finders.map(({ detector }) => detector))],
    model_version: decision.model_version,
  };
}

/** The row of the table anomalies. */
export function anomalyRow(
  stored: StoredReading,
  decision: Decision,
  nowMs: number,
): PredictionRow {
  const { building, floor, room, type } = stored.reading.place ?? {};
  return {
    ...predictionRow(stored, decision, nowMs),
    building,
    floor,
    place_type: type,
    room,
    is_alert: decision.is_alert,
    explanation: decision.explanation,
    contributions: decision.metrics.map(({ metric, value, expected, low, high, share }) => ({
      metric,
      value,
      expected,
      low,
      high,
      share,
    })),
  };
}
