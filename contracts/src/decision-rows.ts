import { type Decision, RANDOM_CUT_FOREST } from './detect.ts';
import type { Place } from './reading.ts';

/** A reading with what the ML server said of it. `Time`: as the API that writes the rows takes times. */
export interface Judgement<Time> {
  readonly readingId: string;
  readonly deviceId: string;
  readonly measuredAt: Time;
  readonly predictedAt: Time;
  readonly place: Place;
  readonly decision: Decision;
}

/** The row of the table predictions. */
export function predictionValues<Time>(judgement: Judgement<Time>) {
  const { detectors } = judgement.decision;
  const cutForest = detectors.find(({ detector }) => detector === RANDOM_CUT_FOREST);
  return {
    ...decisionValues(judgement),
    // Left out rather than NULL: a row of another metric is as long as it was without the column.
    ...(cutForest !== undefined && { random_cut_forest_score: cutForest.score }),
  };
}

/** The row of the table anomalies. */
export function anomalyValues<Time>(judgement: Judgement<Time>) {
  const { decision, place } = judgement;
  return {
    ...decisionValues(judgement),
    building: place.building,
    floor: place.floor,
    place_type: place.type,
    room: place.room,
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

function decisionValues<Time>(judgement: Judgement<Time>) {
  const { readingId, deviceId, measuredAt, predictedAt, decision } = judgement;
  const finders = decision.detectors.filter(({ is_anomaly }) => is_anomaly);
  return {
    reading_id: readingId,
    device_id: deviceId,
    measured_at: measuredAt,
    predicted_at: predictedAt,
    is_anomaly: decision.is_anomaly,
    score: decision.score,
    threshold: decision.threshold,
    severity: decision.severity,
    anomaly_types: decision.anomaly_types,
    detectors: [...new Set(finders.map(({ detector }) => detector))],
    model_version: decision.model_version,
  };
}
