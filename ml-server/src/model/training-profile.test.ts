import { expect, test } from 'vitest';
import { binOf, histogramOf, stabilityIndex } from './training-profile.ts';

test('the stability index is 0 for the same shares and grows as they part', () => {
  expect(stabilityIndex([0.5, 0.5], [50, 50])).toBe(0);
  // By hand: (0.8 - 0.5) ln(0.8 / 0.5) + (0.2 - 0.5) ln(0.2 / 0.5) = 0.3 × 0.4700 + 0.3 × 0.9163
  expect(stabilityIndex([0.5, 0.5], [80, 20])).toBeCloseTo(0.41589, 5);
});

test('the index is finite where a bin is empty', () => {
  expect(stabilityIndex([1, 0], [0, 100])).toBeGreaterThan(1);
  expect(Number.isFinite(stabilityIndex([1, 0], [0, 100]))).toBe(true);
});

test('a histogram has a tenth of the values in each bin, fewer bins where values repeat', () => {
  const values = Array.from({ length: 100 }, (_, i) => i);
  expect(histogramOf('t', 'value', values)?.shares).toEqual(Array.from({ length: 10 }, () => 0.1));
  const mostlyZero = [...Array.from({ length: 75 }, () => 0), ...values.slice(1, 26)];
  const histogram = histogramOf('t', 'rate', mostlyZero);
  expect(histogram?.shares[0]).toBeGreaterThanOrEqual(0.75);
  expect(histogram?.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});

test('values that are all equal, or too few, give no histogram', () => {
  expect(
    histogramOf(
      't',
      'value',
      Array.from({ length: 50 }, () => 7),
    ),
  ).toBeNull();
  expect(histogramOf('t', 'value', [1, 2, 3])).toBeNull();
});

test.each([
  [-1, 0],
  [0, 1],
  [0.5, 1],
  [1, 2],
  [9, 2],
])('%d falls into bin %d of edges 0 and 1', (value, bin) => {
  expect(binOf([0, 1], value)).toBe(bin);
});
