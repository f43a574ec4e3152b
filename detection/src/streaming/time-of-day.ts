import { bounded, type Detector } from './detector.ts';

/** What each part of the day is usually like. Plain data. */
export interface DayProfile {
  /** Expected value of each bin of the day, in the metric's unit. */
  readonly expected: readonly number[];
  /** Readings that each bin has learned; 0: none. */
  readonly counts: readonly number[];
  /** Of the residuals, in squared units. */
  readonly variance: number;
  readonly residualCount: number;
}

const DAY_MS = 86_400_000;
const BINS = 48;
const LEAST_RATE = 0.1;
const LEAST_VARIANCE_RATE = 0.001;

/**
 * Distance of a value from what its half hour of the day usually is, in standard deviations of such
 * distances.
 *
 * - finds the right value at the wrong time (heating at night); weak in the first two days, and where days
 *   differ (weekends)
 * - 0 for a half hour never seen; cost: constant
 *
 * Source: seasonal residual with exponential forgetting (Holt-Winters without trend).
 */
export const timeOfDay: Detector<DayProfile> = {
  name: 'time_of_day',
  warmUp: 2,
  start: {
    expected: new Array<number>(BINS).fill(0),
    counts: new Array<number>(BINS).fill(0),
    variance: 0,
    residualCount: 0,
  },
  score({ expected, counts, variance }, { atMs, value }) {
    const bin = binOf(atMs);
    if (counts[bin] === 0 || variance === 0) return 0;
    return Math.abs(bounded(value) - (expected[bin] as number)) / Math.sqrt(variance);
  },
  learn(model, { atMs, value }) {
    const bin = binOf(atMs);
    const count = model.counts[bin] as number;
    const expected = model.expected.slice();
    const counts = model.counts.slice();
    counts[bin] = Math.min(count + 1, 65_535);
    if (count === 0) {
      expected[bin] = bounded(value);
      return { ...model, expected, counts };
    }
    const residual = bounded(value) - (expected[bin] as number);
    expected[bin] = (expected[bin] as number) + residual * Math.max(LEAST_RATE, 1 / (count + 1));
    const residualCount = model.residualCount + 1;
    const rate = Math.max(LEAST_VARIANCE_RATE, 1 / residualCount);
    const variance = model.variance + rate * (residual * residual - model.variance);
    return { expected, counts, variance, residualCount };
  },
};

function binOf(atMs: number): number {
  const ofDay = ((atMs % DAY_MS) + DAY_MS) % DAY_MS;
  return Math.floor((ofDay * BINS) / DAY_MS);
}
