import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from './instant.ts';

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

test('what it reads of a text with something else in it, Date.parse reads too', () => {
  const text = '2026-02-28T23:59:59.123Z';
  const change = fc.record({
    at: fc.nat(text.length - 1),
    by: fc.constantFrom('', ' ', '0', '1', '9', 'x', '-', ':', 'T', '٣', '00'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
      const changed = changes.reduce(
        (was, { at, by }) => was.slice(0, at) + by + was.slice(at + 1),
        text,
      );
      const ms = parseInstant(changed);
      if (!Number.isNaN(ms)) expect(ms, changed).toBe(Date.parse(changed));
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
])('it says nothing of %s', (text) => {
  expect(parseInstant(text)).toBeNaN();
});
