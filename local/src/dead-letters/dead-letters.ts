import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED } from '@plumbline/contracts';

export interface Selection {
  readonly reason?: string;
  readonly id?: string;
  readonly limit: number;
}

export interface DeadLetter {
  readonly dead_letter_id: string;
  /** ISO 8601. */
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  /** Deliveries that ended as this dead letter. */
  readonly seen_count: number;
  readonly reason: string;
  readonly detail: string;
  readonly message_id: string;
  readonly reading_index: number;
  readonly payload: string;
  readonly is_truncated: boolean;
}

/** The dead letters of a warehouse, each once however often it was delivered. */
export function deadLetters(bigquery: BigQuery) {
  return {
    /** How many of each reason. */
    async reasons(): Promise<Record<string, unknown>[]> {
      const [rows] = await bigquery.query({
        query: `SELECT reason, COUNT(*) AS letter_count, MIN(first_seen_at) AS first_seen_at, MAX(last_seen_at) AS last_seen_at
         FROM ${DATASET}.distinct_dead_letters GROUP BY reason ORDER BY letter_count DESC, reason`,
        maximumBytesBilled: MAX_BYTES_BILLED,
      });
      return rows;
    },
    /** Those that were seen last, without their payloads. */
    async newest(selection: Selection): Promise<Record<string, unknown>[]> {
      return (await find(selection)).map((letter) => ({
        dead_letter_id: letter.dead_letter_id,
        first_seen_at: letter.first_seen_at,
        last_seen_at: letter.last_seen_at,
        seen_count: letter.seen_count,
        reason: letter.reason,
        detail: letter.detail,
      }));
    },
    find,
    /** Sends payloads again. One that was cut is counted, not sent: half a reading helps nobody. */
    async replay(selection: Selection, send: (payload: string) => Promise<unknown>) {
      const found = await find(selection);
      const whole = found.filter(({ is_truncated }) => !is_truncated);
      for (const { payload } of whole) await send(payload);
      return { sent: whole.length, truncated: found.length - whole.length };
    },
  };

  async function find({ reason, id, limit }: Selection): Promise<DeadLetter[]> {
    const conditions = [
      reason === undefined ? [] : ['reason = @reason'],
      id === undefined ? [] : ['dead_letter_id = @id'],
    ].flat();
    const [rows] = await bigquery.query({
      query: `SELECT dead_letter_id, first_seen_at, last_seen_at, seen_count, reason, detail, message_id, reading_index, payload, is_truncated
        FROM ${DATASET}.distinct_dead_letters
        ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
        ORDER BY last_seen_at DESC
        LIMIT ${limit}`,
      params: { ...(reason !== undefined && { reason }), ...(id !== undefined && { id }) },
      maximumBytesBilled: MAX_BYTES_BILLED,
    });
    return rows.map((row) => ({
      ...row,
      first_seen_at: row.first_seen_at.value,
      last_seen_at: row.last_seen_at.value,
    }));
  }
}
