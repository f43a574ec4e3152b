import type { Reading } from '@plumbline/contracts';
import type { Row } from '../platform/row-writer.ts';

/** The row of the table readings_raw for a reading. The insert id is the reading's: a redelivery keeps it. */
export function readingRow(reading: Reading, messageId: string, receivedAtMs: number): Row {
  const { readingId, place } = reading;
  return {
    insertId: readingId,
    values: {
      // First, where a spread is cheapest: this runs for every reading.
      ...reading.metrics,
      reading_id: readingId,
      device_id: reading.deviceId,
      measured_at: reading.measuredAtMs,
      received_at: receivedAtMs,
      message_id: messageId,
      building: place.building,
      floor: place.floor,
      place_type: place.type,
      room: place.room,
      label: reading.label,
    },
  };
}
