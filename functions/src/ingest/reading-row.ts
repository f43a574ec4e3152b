import type { Reading } from '@plumbline/contracts';
import type { Row } from '../platform/row-writer.ts';

/**
 * The row of the table readings_raw for a reading. The insert id is the reading's: a redelivery keeps it.
 *
 * `receivedAt` is ISO 8601, written once for all readings of a message.
 */
export function readingRow(reading: Reading, messageId: string, receivedAt: string): Row {
  const { building, floor, room, type } = reading.place;
  return {
    insertId: reading.readingId,
    json: {
      reading_id: reading.readingId,
      device_id: reading.deviceId,
      measured_at: new Date(reading.measuredAtMs).toISOString(),
      received_at: receivedAt,
      message_id: messageId,
      building,
      floor,
      place_type: type,
      room,
      ...reading.metrics,
      label: reading.label,
    },
  };
}
