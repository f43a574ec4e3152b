import { TABLES } from '@plumbline/contracts';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { createRowEncoder } from './row-encoder.ts';

const SCALARS: Readonly<Record<string, string>> = {
  STRING: 'string',
  FLOAT64: 'double',
  INT64: 'int64',
  TIMESTAMP: 'int64',
  BOOL: 'bool',
};

/** Another's reader of the same columns: fields are numbered from 1 in their order. */
const Row = new protobuf.Type('Row');
TABLES.readings_raw.columns.forEach(({ name, type }, index) => {
  Row.add(new protobuf.Field(name, index + 1, SCALARS[type] as string));
});
new protobuf.Root().add(Row);

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
        const read = Row.toObject(Row.decode(bytes), { longs: Number });
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
