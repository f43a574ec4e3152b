import { anomalyValues, type Decision, predictionValues } from '@plumbline/contracts';
import type { PredictionRow, StoredReading } from '../warehouse/stored-readings.ts';

/** The row of the table predictions for a reading, as the function detect writes it. */
export function predictionRow(
  stored: StoredReading,
  decision: Decision,
  nowMs: number,
): PredictionRow {
  return predictionValues(toWrite(stored, decision, nowMs));
}

/** The row of the table anomalies. */
export function anomalyRow(
  stored: StoredReading,
  decision: Decision,
  nowMs: number,
): PredictionRow {
  return anomalyValues(toWrite(stored, decision, nowMs));
}

function toWrite({ reading, atMs }: StoredReading, decision: Decision, nowMs: number) {
  return {
    readingId: reading.reading_id,
    deviceId: reading.device_id,
    measuredAt: new Date(atMs).toISOString(),
    predictedAt: new Date(nowMs).toISOString(),
    place: reading.place ?? {},
    decision,
  };
}
