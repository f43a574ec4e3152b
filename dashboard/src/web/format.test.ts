import { expect, test } from 'vitest';
import {
  amountOf,
  formatAmount,
  formatBand,
  formatFloor,
  formatLarge,
  formatRange,
  keepUnits,
} from './format.ts';

/** Numbers are not parted from their units at the end of a line. */
const noBreak = (text: string) => text.replaceAll(' ', '\u00a0');

test.each([
  ['energy', 999.94, '999.9 kWh'],
  ['energy', 218_151, '218 MWh'],
  ['energy', 1_234_567, '1.23 GWh'],
  ['energy', -2_500, '-2.5 MWh'],
  ['temperature', 2_218, '2,218.0 °C'],
  ['temperature', null, '–'],
])('%s of %d is shown as %s', (metric, value, text) => {
  expect(formatAmount(metric, value)).toBe(noBreak(text));
});

test('an amount beyond the largest unit stays in it', () => {
  expect(amountOf('energy', 1e15)).toEqual(['1,000,000', 'TWh']);
});

test('a count is exact up to a million and short from there', () => {
  expect([12_345, 1_234_567, 4.5e9, null].map(formatLarge)).toEqual([
    '12,345',
    noBreak('1.23 M'),
    noBreak('4.5 bn'),
    '–',
  ]);
});

test('what is expected has its unit and stays within what the metric can be', () => {
  expect(formatBand('vibration', -0.43, 5.401)).toBe('0.00 to 5.40\u00a0mm/s');
  expect(formatBand('temperature', -3, 19.44)).toBe('-3.0 to 19.4\u00a0°C');
});

test('a sentence is never broken between a number and its unit, and elsewhere where it likes', () => {
  expect(keepUnits('temperature is 44.0 °C, expected 18.0 to 30.0 °C at 3 points')).toBe(
    'temperature is 44.0\u00a0°C, expected 18.0 to 30.0\u00a0°C at 3 points',
  );
});

test('a floor says its building', () => {
  expect(formatFloor({ building: 'A', floor: 1 })).toBe('Building A, floor 1');
  expect(formatFloor({ building: null, floor: null })).toBe('Unknown building');
});

test('a range is short, and exact where it is narrow', () => {
  const noonMs = new Date(2026, 0, 1, 12).getTime();
  expect(formatRange({ fromMs: noonMs, toMs: noonMs + 3_600_000 }, noonMs)).toBe('12:00 – 13:00');
  expect(formatRange({ fromMs: noonMs, toMs: noonMs + 90_000 }, noonMs)).toBe(
    '12:00:00 – 12:01:30',
  );
});
