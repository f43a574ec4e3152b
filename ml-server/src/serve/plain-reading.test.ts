import { BatchReading } from '@plumbline/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { metricsOf, metricsOfPlain } from './plain-reading.ts';
import { checkHasMetric, compileCheck } from './validation.ts';

const check = compileCheck(BatchReading);

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
