import { BatchReading } from '@plumbline/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricsOf, metricsOfPlain, parseInstant } from './plain-reading.ts';
import { checkHasMetric, compileCheck } from './validation.ts';

const check = compileCheck(BatchReading);

test('an instant is what Date.parse says, over ten thousand years', () => {
  const anyDate = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(anyDate, (date) => {
      const text = date.toISOString();
      expect(parseInstant(text)).toBe(date.getTime());
      expect(parseInstant(`${text.slice(0, 19)}Z`)).toBe(Math.floor(date.getTime() / 1000) * 1000);
    }),
    { numRuns: 5_000, seed: 1 },
  );
});

test.each([
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:60Z',
  '2026-01-01T00:00:00z',
  '2026-01-01T00:00:00+00:00',
  '2026-01-01T00:00:00.12Z',
  '2026-01-01T00:00:00.12xZ',
  '2026-0x-01T00:00:00Z',
  '2026-01-01 00:00:00Z',
  '',
])('%s is left to the schema', (text) => {
  expect(parseInstant(text)).toBeNaN();
});

test('what is plain is right by the schema', () => {
  const value = fc.oneof(
    fc.double({ min: -100, max: 400, noNaN: true }),
    fc.constantFrom<unknown>(null, '', '21', 'a b', 1e308, {}, [], '2026-01-01T00:00:00Z', 'x'),
    fc.string({ maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('building', 'floor', 'room', 'type', 'other'),
      fc.constantFrom<unknown>('', 'A', 'x'.repeat(65), '🏭'.repeat(33), 1, 1.5, -1001, null),
    ),
  );
  const key = fc.constantFrom(
    'device_id',
    'timestamp',
    'reading_id',
    'temperature',
    'co2',
    'place',
    'toString',
    'other',
  );
  let plainCount = 0;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 4 }), (changes) => {
      const input = { device_id: 'a', temperature: 21, ...changes };
      const metrics = metricsOfPlain(input);
      if (metrics === 0) return;
      plainCount++;
      expect(metrics).toBe(metricsOf(input));
      expect([...check(input), ...checkHasMetric(input)]).toEqual([]);
    }),
    { numRuns: 20_000, seed: 2 },
  );
  expect(plainCount).toBeGreaterThan(1_000);
});

test.each([null, [], 'x', {}, { device_id: 'a' }, { temperature: 21 }])(
  '%j is not plain',
  (input) => {
    expect(metricsOfPlain(input)).toBe(0);
  },
);
