import {
  type BatchReading,
  type BatchResult,
  parseMessage,
  type TimeBounds,
  toBatchReading,
} from '@plumbline/contracts';
import type { Log } from '@plumbline/telemetry';
import type { PushMessage } from '../platform/push-message.ts';
import type { Row, RowOutcome } from '../platform/row-writer.ts';
import { anomalyRow, type Judged, judged, predictionRow } from './decision-rows.ts';

/** What detect asks of the world. Rows are idempotent by their insert ids. */
export interface DetectEffects {
  now(): number;
  score(readings: readonly BatchReading[], bytes: number): Promise<readonly BatchResult[]>;
  storePredictions(rows: readonly Row[], bytes: number): Promise<readonly RowOutcome[]>;
  storeAnomalies(rows: readonly Row[], bytes: number): Promise<readonly RowOutcome[]>;
  /** Tells whoever listens on the topic anomalies. At least once for each alert. */
  publishAlerts(alerts: readonly Judged[]): Promise<void>;
  log: Log;
}

/**
 * Scores the readings of a message and stores what the ML server said.
 *
 * What cannot be read as a reading is left to ingest, which dead-letters it with its reason. Resolves when
 * everything is durable; rejects when the message should come again.
 */
export function createDetect(bounds: TimeBounds, effects: DetectEffects) {
  return async (message: PushMessage): Promise<void> => {
    const { readings } = parseMessage(message.data, effects.now(), bounds);
    const bytes = message.data.byteLength;
    const results = await effects.score(readings.map(toBatchReading), bytes);
    const items = judged(readings, results);
    if (items.length < readings.length) {
      effects.log('WARNING', 'the ML server refused readings', {
        messageId: message.messageId,
        refused: readings.length - items.length,
      });
    }
    const predictedAtMs = effects.now();
    const anomalies = items.filter(({ decision }) => decision.is_anomaly);
    const outcomes = await Promise.all([
      effects.storePredictions(
        items.map((item) => predictionRow(item, predictedAtMs)),
        bytes,
      ),
      effects.storeAnomalies(
        anomalies.map((item) => anomalyRow(item, predictedAtMs)),
        bytes,
      ),
      effects.publishAlerts(anomalies.filter(({ decision }) => decision.is_alert)),
    ]);
    const failed = [...outcomes[0], ...outcomes[1]].find((outcome) => !outcome.stored);
    if (failed !== undefined && !failed.stored) {
      throw new Error(`BigQuery refused a prediction: ${failed.detail}`);
    }
  };
}
