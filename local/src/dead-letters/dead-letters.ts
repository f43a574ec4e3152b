import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED } from '@plumbline/contracts';

export interface Selection {
  readonly reason?: string;
  readonly id?: string;
  readonly limit: number;
}

export interface DeadLetter {
  readonly dead_letter_id: string;
  readonly received_at: string;
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
        query: `SELECT reason, COUNT(DISTINCT dead_letter_id) AS letter_count, MIN(received_at) AS first_seen, MAX(received_at) AS last_seen
         FROM ${DATASET}.dead_letters GROUP BY reason ORDER BY letter_count DESC, reason`,
        maximumBytesBilled: MAX_BYTES_BILLED,
      });
      return rows;
    },
    async newest(selection: Selection): Promise<Record<string, unknown>[]> {
      return (await find(selection)).map(({ dead_letter_id, received_at, reason, detail }) => ({
        dead_letter_id,
        received_at,
        reason,
        detail,
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
      query: `SELECT dead_letter_id, received_at, reason, detail, message_id, reading_index, payload, is_truncated
        FROM ${DATASET}.dead_letters
        ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
        QUALIFY ROW_NUMBER() OVER (PARTITION BY dead_letter_id ORDER BY received_at) = 1
        ORDER BY received_at DESC
        LIMIT ${limit}`,
      params: { ...(reason !== undefined && { reason }), ...(id !== undefined && { id }) },
      maximumBytesBilled: MAX_BYTES_BILLED,
    });
    return rows.map((row) => ({ ...row, received_at: row.received_at.value }));
  }
}
