import {
  anomalyValues,
  type BatchResult,
  type Decision,
  predictionValues,
  type Reading,
} from '@plumbline/contracts';
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
export function predictionRow(item: Judged, predictedAtMs: number): Row {
  return {
    insertId: item.reading.readingId,
    values: predictionValues(toWrite(item, predictedAtMs)),
  };
}

/** The row of the table anomalies. */
export function anomalyRow(item: Judged, predictedAtMs: number): Row {
  return { insertId: item.reading.readingId, values: anomalyValues(toWrite(item, predictedAtMs)) };
}

function toWrite({ reading, decision }: Judged, predictedAtMs: number) {
  const { readingId, deviceId, measuredAtMs, place } = reading;
  return {
    readingId,
    deviceId,
    measuredAt: measuredAtMs,
    predictedAt: predictedAtMs,
    place,
    decision,
  };
}
