import { quantileOfSorted } from '../statistics.ts';
import { bounded, type Detector } from './detector.ts';
import { append, emptyFloatWindow, type NumberWindow } from './window.ts';

const WINDOW = 500;
const WARM_UP = 100;
const LOW = 0.01;
const HIGH = 0.99;

/**
 * How far a value lies beyond limits that follow the data, the 1 % and 99 % points of the last 500 readings:
 * 0 at the median, 1 at a limit, growing in the distances from the median to the limit.
 *
 * - needs no shape of distribution; crosses its limits once in fifty readings by design
 * - a flat window counts any other value as 1
 * - cost: O(n log n) of the window
 *
 * Source: empirical quantiles, Hyndman and Fan (1996), type 7.
 */
export const percentileLimits: Detector<NumberWindow<Float32Array>> = {
  name: 'percentile_limits',
  warmUp: WARM_UP,
  start: emptyFloatWindow(WINDOW),
  score({ buffer, start, end }, reading) {
    if (end - start < WARM_UP) return 0;
    const sorted = buffer.slice(start, end).sort();
    const value = Math.fround(bounded(reading.value));
    const median = quantileOfSorted(sorted, 0.5);
    const limit = quantileOfSorted(sorted, value < median ? LOW : HIGH);
    if (value === median) return 0;
    return limit === median ? 1 : (value - median) / (limit - median);
  },
  learn: (window, { value }) => append(window, bounded(value)),
};
