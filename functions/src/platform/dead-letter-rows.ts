import { createHash } from 'node:crypto';
import type { Refused } from '@plumbline/contracts';
import type { PushMessage } from './push-message.ts';
import type { Row } from './row-writer.ts';

/** The rows of the table dead_letters for what a message could not store. Equal for every delivery of the message. */
export function deadLetterRows(
  message: PushMessage,
  refused: readonly Refused[],
  receivedAtMs: number,
): Row[] {
  return refused.map(({ index, reason, detail, payload, isTruncated }) => {
    const id = createHash('sha256')
      .update(`${message.messageId}\n${index}`)
      .digest('hex')
      .slice(0, 32);
    return {
      insertId: id,
      values: {
        dead_letter_id: id,
        received_at: receivedAtMs,
        message_id: message.messageId,
        reading_index: index,
        reason,
        detail: detail.slice(0, 500),
        payload,
        is_truncated: isTruncated,
      },
    };
  });
}

/** What dead letters take in a request, in bytes: their payloads, which may be a hundred times the message's gzip. */
export function deadLetterBytes(refused: readonly Refused[]): number {
  return refused.reduce((sum, { payload }) => sum + Buffer.byteLength(payload) + ROW_BYTES, 0);
}

/** Of a row beside its payload: ids, times, and up to 500 characters of detail. */
const ROW_BYTES = 700;
