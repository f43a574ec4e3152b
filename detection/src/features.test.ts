import { expect, test } from 'vitest';
import {
  featureNames,
  featureRow,
  pointFeatures,
  remember,
  type SeriesHistory,
} from './features.ts';

const SIX_OCLOCK = Date.UTC(2026, 0, 1, 6);

function historyOf(values: readonly number[], stepMs = 60_000): SeriesHistory {
  return values.reduce<SeriesHistory | null>(
    (history, value, i) => remember(history, SIX_OCLOCK + i * stepMs, value),
    null,
  ) as SeriesHistory;
}

test('a first reading is described by its point alone', () => {
  expect(pointFeatures(null, SIX_OCLOCK, 21)).toMatchObject({
    value: 21,
    ratePerMinute: 0,
    mean: 21,
    deviation: 0,
    range: 0,
  });
});

test('the hour of day is a point on a circle, in the clock of the place', () => {
  const utc = pointFeatures(null, SIX_OCLOCK, 21);
  expect([utc.hourSine, utc.hourCosine]).toEqual([1, expect.closeTo(0, 12)]);
  const shifted = pointFeatures(null, SIX_OCLOCK, 21, 6 * 60);
  expect([shifted.hourSine, shifted.hourCosine]).toEqual([expect.closeTo(0, 12), -1]);
});

test('the rate is per minute whatever the spacing', () => {
  const history = historyOf([20]);
  expect(pointFeatures(history, SIX_OCLOCK + 10_000, 21).ratePerMinute).toBeCloseTo(6, 12);
  expect(pointFeatures(history, SIX_OCLOCK + 120_000, 21).ratePerMinute).toBeCloseTo(0.5, 12);
});

test('rolling features look at the last ten readings, this one included', () => {
  const history = historyOf([1000, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const features = pointFeatures(history, SIX_OCLOCK + 3_600_000, 10);
  // 1 to 10: mean 5.5, population variance (10² - 1) / 12.
  expect(features.mean).toBeCloseTo(5.5, 12);
  expect(features.deviation).toBeCloseTo(Math.sqrt(99 / 12), 12);
  expect(features.range).toBe(9);
});

test('a late or repeated reading is not remembered and is described alone', () => {
  const history = historyOf([20, 21]);
  expect(remember(history, SIX_OCLOCK + 60_000, 50)).toBe(history);
  expect(pointFeatures(history, SIX_OCLOCK, 50)).toMatchObject({ ratePerMinute: 0, mean: 50 });
});

test('remembering leaves the given history as it was', () => {
  const history = historyOf([20, 21]);
  const copy = structuredClone(history);
  remember(history, SIX_OCLOCK + 120_000, 22);
  expect(history).toEqual(copy);
});

test('rows have a name for each number', () => {
  const features = pointFeatures(null, SIX_OCLOCK, 21);
  expect(featureRow([features])).toHaveLength(featureNames(['a']).length);
  expect(featureRow([features, features, features])).toHaveLength(
    featureNames(['a', 'b', 'c']).length,
  );
});
