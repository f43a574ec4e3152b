import type { Reading } from '@plumbline/contracts';
import type { Row } from '../platform/row-writer.ts';

/** The row of the table readings_raw for a reading. The insert id is the reading's: a redelivery keeps it. */
export function readingRow(reading: Reading, messageId: string, receivedAtMs: number): Row {
  const { building, floor, room, type } = reading.place;
  return {
    insertId: reading.readingId,
    json: {
      reading_id: reading.readingId,
      device_id: reading.deviceId,
      measured_at: new Date(reading.measuredAtMs).toISOString(),
      received_at: new Date(receivedAtMs).toISOString(),
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
