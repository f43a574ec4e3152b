import {
  parseMessage,
  type Reading,
  type Refused,
  type TimeBounds,
  toWire,
  truncate,
} from '@plumbline/contracts';
import { deadLetterBytes, deadLetterRows } from '../platform/dead-letter-rows.ts';
import type { PushMessage } from '../platform/push-message.ts';
import type { Row, RowOutcome } from '../platform/row-writer.ts';
import { readingRow } from './reading-row.ts';

/** What ingest asks of the world. Both writes are idempotent by the rows' insert ids. */
export interface IngestEffects {
  now(): number;
  storeReadings(rows: readonly Row[], bytes: number): Promise<readonly RowOutcome[]>;
  storeDeadLetters(rows: readonly Row[], bytes: number): Promise<readonly RowOutcome[]>;
}

/**
 * Stores the readings of a message, and what cannot be stored as dead letters with their reasons.
 *
 * Resolves only when every reading is durable in one of the two tables, so that the message may be
 * acknowledged. Rejects when any is not: the whole message will come again, with the same ids.
 */
export function createIngest(bounds: TimeBounds, effects: IngestEffects) {
  return async (message: PushMessage): Promise<void> => {
    const receivedAtMs = effects.now();
    const { readings, indexes, refused } = parseMessage(message.data, receivedAtMs, bounds);
    const rows = readings.map((reading) => readingRow(reading, message.messageId, receivedAtMs));
    const outcomes = await effects.storeReadings(rows, message.data.byteLength);
    const lost: Refused[] = [];
    outcomes.forEach((outcome, at) => {
      if (outcome.stored) return;
      lost.push({
        index: indexes[at] as number,
        reason: 'refused_by_warehouse',
        detail: outcome.detail,
        ...truncate(JSON.stringify(toWire(readings[at] as Reading))),
      });
    });
    const dead = [...refused, ...lost];
    const deadRows = deadLetterRows(message, dead, receivedAtMs);
    const deadOutcomes = await effects.storeDeadLetters(deadRows, deadLetterBytes(dead));
    const failed = deadOutcomes.find((outcome) => !outcome.stored);
    if (failed !== undefined && !failed.stored) {
      throw new Error(`BigQuery refused a dead letter: ${failed.detail}`);
    }
  };
}
