import { TABLES } from '@plumbline/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { protobufjsType } from '../../test/protobufjs-rows.ts';
import { createRowEncoder } from './row-encoder.ts';

/** Another's reader of the same columns. */
const reader = protobufjsType(TABLES.readings_raw.columns);

const text = fc.oneof(
  fc.string({ maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.string({ unit: 'binary', minLength: 30, maxLength: 300 }),
);
const atMs = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_000 });
const rows = fc.array(
  fc.record(
    {
      reading_id: text,
      device_id: text,
      measured_at: atMs,
      received_at: atMs,
      message_id: text,
      building: text,
      floor: fc.integer({ min: -1000, max: 1000 }),
      temperature: fc.double(),
      co2: fc.double(),
      sound_high: fc.double(),
      label: fc.option(text, { nil: undefined }),
    },
    { requiredKeys: ['reading_id', 'device_id', 'measured_at', 'received_at', 'message_id'] },
  ),
  { minLength: 1, maxLength: 20 },
);

test('any rows, one after the other, are what protobufjs reads from their bytes', () => {
  const encoder = createRowEncoder(TABLES.readings_raw.columns);
  fc.assert(
    fc.property(rows, (batch) => {
      // All of a batch first: the rows share memory, and none may write over another.
      const encoded = batch.map((row) => encoder.encode(row));
      encoded.forEach((bytes, index) => {
        const read = reader.toObject(reader.decode(bytes), { longs: Number });
        expect(read).toEqual(asRead(batch[index] as Record<string, unknown>));
      });
    }),
    { numRuns: 500, seed: 1 },
  );
});

function asRead(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        if (name.endsWith('_at')) return [name, 1000 * (value as number)];
        // Half a surrogate pair is no text: it is written as the replacement character.
        return [name, typeof value === 'string' ? value.toWellFormed() : value];
      }),
  );
}
