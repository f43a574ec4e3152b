import { bounded, type Detector } from './detector.ts';
import { append, emptyFloatWindow, type NumberWindow, type WindowLine } from './window.ts';

export interface ShapeOptions {
  /** Readings that make a shape. */
  readonly length: number;
  /** Most similar earlier shapes whose mean distance is the score. */
  readonly neighbours: number;
  /** Readings to look back. */
  readonly lookBack: number;
}

export type Values = NumberWindow<Float32Array>;

/** More candidates than neighbours: their distances are computed anew, as the running ones are rounded. */
const SPARE = 8;
/** Every running distance is computed anew once in so many readings, so that no rounding error lasts. */
const REFRESH = 64;

/** Squared distances of the newest shape to the earlier ones, by lag: derived from a line of windows. */
interface RunningDistances {
  /** `count` of the window that they belong to. */
  count: number;
  /** The newest value in them. */
  newest: number;
  readonly byLag: Float64Array;
}

/**
 * How unlike all recent shapes the newest one is: mean Euclidean distance of the last `length` readings to
 * the most similar earlier stretches of that length, in the metric's unit.
 *
 * - finds what never looked like this before, whatever its level; blind to the same fault the second time,
 *   and to slow drift
 * - 0 until there are enough earlier shapes
 * - cost: a few operations per reading of look-back: the distances to all earlier shapes follow from those
 *   of the previous reading by one added and one dropped term; the first score on a window that came from
 *   elsewhere computes them all
 *
 * Source: k-nearest-neighbour discords; Keogh, Lin, Fu, "HOT SAX" (2005); the recurrence is that of STOMP
 * (Zhu et al. 2016) without normalisation.
 */
export function shapeDistance({ length, neighbours, lookBack }: ShapeOptions): Detector<Values> {
  const running = new WeakMap<WindowLine, RunningDistances>();
  const candidates = neighbours + SPARE;
  const lags = new Int32Array(candidates);
  const distances = new Float64Array(candidates);
  return {
    name: `shape_${length}`,
    warmUp: 2 * length + neighbours - 1,
    start: emptyFloatWindow(lookBack + length),
    score: (window, { value }) => score(window, Math.fround(bounded(value))),
    learn: (window, { value }) => append(window, bounded(value)),
  };

  function score(window: Values, newest: number): number {
    const size = window.end - window.start;
    // A lag is the distance in readings back to the last reading of an earlier shape that does not overlap.
    const lastLag = Math.min(lookBack, size - length + 1);
    const byLag = follow(window, newest, Math.min(lookBack, size));
    if (lastLag < length + neighbours) return 0;
    const found = findNearest(byLag, lastLag);
    for (let i = 0; i < found; i++) distances[i] = exactDistance(window, newest, lags[i] as number);
    const exact = distances.subarray(0, found).sort();
    let sum = 0;
    for (let i = 0; i < neighbours; i++) sum += Math.sqrt(exact[i] as number);
    return Math.fround(sum / neighbours);
  }

  /** The squared distances of the shape that ends with `newest`, to the shapes that end `lag` earlier. */
  function follow(window: Values, newest: number, lastLag: number): Float64Array {
    const known = running.get(window.line);
    const isNext =
      known !== undefined &&
      known.count === window.count &&
      (window.end === window.start || known.newest === window.buffer[window.end - 1]);
    const state = known ?? { count: 0, newest: 0, byLag: new Float64Array(lookBack + 1) };
    const { byLag } = state;
    const { buffer, start, end } = window;
    if (isNext) {
      const dropped = start <= end - length ? (buffer[end - length] as number) : 0;
      const split = Math.max(0, Math.min(lastLag, end - length - start));
      let at = end - 1;
      let oldAt = end - length - 1;
      for (let lag = 1; lag <= split; lag++, at--, oldAt--) {
        const added = newest - (buffer[at] as number);
        const old = dropped - (buffer[oldAt] as number);
        byLag[lag] = (byLag[lag] as number) + (added - old) * (added + old);
      }
      // Shapes that began before the window did: nothing to drop yet.
      for (let lag = split + 1; lag <= lastLag; lag++) {
        const added = newest - (buffer[end - lag] as number);
        byLag[lag] = (byLag[lag] as number) + added * added;
      }
      for (let lag = 1 + (window.count % REFRESH); lag <= lastLag; lag += REFRESH)
        byLag[lag] = exactDistance(window, newest, lag);
    } else {
      for (let lag = 1; lag <= lastLag; lag++) byLag[lag] = exactDistance(window, newest, lag);
      byLag.fill(0, lastLag + 1);
      running.set(window.line, state);
    }
    state.count = window.count + 1;
    state.newest = newest;
    return byLag;
  }

  function exactDistance({ buffer, start, end }: Values, newest: number, lag: number): number {
    const head = newest - (buffer[end - lag] as number);
    let sum = head * head;
    const steps = Math.min(length - 1, end - lag - start);
    for (let i = 1; i <= steps; i++) {
      const difference = (buffer[end - i] as number) - (buffer[end - lag - i] as number);
      sum += difference * difference;
    }
    return sum;
  }

  /** Fills `lags` with the candidates among the shapes that do not overlap the newest, and counts them. */
  function findNearest(byLag: Float64Array, lastLag: number): number {
    const found = Math.min(candidates, lastLag - length + 1);
    distances.fill(Number.POSITIVE_INFINITY, 0, found);
    let worst = Number.POSITIVE_INFINITY;
    for (let lag = length; lag <= lastLag; lag++) {
      const distance = byLag[lag] as number;
      if (worst <= distance) continue;
      let at = found - 1;
      for (; 0 < at && distance < (distances[at - 1] as number); at--) {
        distances[at] = distances[at - 1] as number;
        lags[at] = lags[at - 1] as number;
      }
      distances[at] = distance;
      lags[at] = lag;
      worst = distances[found - 1] as number;
    }
    return found;
  }
}
