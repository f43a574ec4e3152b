import type { BatchResult, Decision, MetricDecision, Reading } from '@plumbline/contracts';
import type { Row } from '../platform/row-writer.ts';

/** A reading with what the ML server said of it. */
export interface Judged {
  readonly reading: Reading;
  readonly decision: Decision;
}

/** Pairs readings with their results; a result that is an error is left out. */
export function judged(readings: readonly Reading[], results: readonly BatchResult[]): Judged[] {
  return readings.flatMap((reading, index) => {
    const result = results[index];
    return result === undefined || 'error' in result ? [] : [{ reading, decision: result }];
  });
}

/** The row of the table predictions. One for a reading, however often it is scored. */
export function predictionRow({ reading, decision }: Judged, predictedAtMs: number): Row {
  return {
    insertId: reading.readingId,
    values: {
      reading_id: reading.readingId,
      device_id: reading.deviceId,
      measured_at: reading.measuredAtMs,
      predicted_at: predictedAtMs,
      is_anomaly: decision.is_anomaly,
      score: decision.score,
      threshold: decision.threshold,
      severity: decision.severity,
      anomaly_types: decision.anomaly_types,
      detectors: [
        ...new Set(
          decision.detectors.filter(({ is_anomaly }) => is_anomaly).map(({ detector }) => detector),
        ),
      ],
      model_version: decision.model_version,
    },
  };
}

/** The row of the table anomalies. */
export function anomalyRow(item: Judged, predictedAtMs: number): Row {
  const { reading, decision } = item;
  const { building, floor, room, type } = reading.place;
  const { insertId, values } = predictionRow(item, predictedAtMs);
  return {
    insertId,
    values: {
      ...values,
      building,
      floor,
      place_type: type,
      room,
      is_alert: decision.is_alert,
      explanation: decision.explanation,
      contributions: decision.metrics.map(contribution),
    },
  };
}

function contribution({ metric, value, expected, low, high, share }: MetricDecision) {
  return { metric, value, expected, low, high, share };
}
