import { type DeadLetterReason, MAX_READINGS_PER_MESSAGE } from '@plumbline/contracts';

export interface Malformed {
  readonly data: Buffer;
  /** The reason under which it must be found among the dead letters. */
  readonly reason: DeadLetterReason;
}

/** Messages as broken devices send them, one for each way to be wrong. `nowMs` makes the good parts of them plausible. */
export function malformedMessages(nowMs: number): Malformed[] {
  const timestamp = new Date(nowMs).toISOString();
  const json = (value: unknown, reason: DeadLetterReason): Malformed => ({
    data: Buffer.from(JSON.stringify(value)),
    reason,
  });
  const reading = { device_id: 'broken-1', timestamp, temperature: 21 };
  return [
    { data: Buffer.from('temperature=21.5'), reason: 'not_json' },
    { data: Buffer.from('{"device_id":"broken-1","temperature":NaN}'), reason: 'not_json' },
    { data: Buffer.of(0x22, 0xc3, 0x28, 0x22), reason: 'not_json' },
    json('hello', 'not_a_reading'),
    json({ timestamp, temperature: 21 }, 'missing_field'),
    json({ device_id: 'broken-1', timestamp }, 'missing_field'),
    json({ ...reading, temperature: '21' }, 'invalid_field'),
    json({ ...reading, device_id: '<img src=x onerror=alert(1)>' }, 'invalid_field'),
    json({ ...reading, timestamp: 'yesterday' }, 'invalid_field'),
    json(
      { device_id: 'broken-1', measured_at: timestamp, metrics: { radiation: 1 } },
      'unknown_metric',
    ),
    json({ ...reading, temperature: -300 }, 'implausible_value'),
    json({ ...reading, timestamp: '1970-01-01T00:00:00Z' }, 'implausible_time'),
    json(Array(MAX_READINGS_PER_MESSAGE + 1).fill(reading), 'too_many_readings'),
    { data: Buffer.alloc(1_500_000, 'x'), reason: 'too_large' },
  ];
}
