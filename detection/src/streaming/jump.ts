import { bounded, type Detector } from './detector.ts';

export interface JumpModel {
  /** The last readings, oldest first. */
  readonly last: readonly number[];
  /** Running median and 90 % point of the distances between a reading and the median of those before it. */
  readonly median: number;
  readonly ninetieth: number;
  readonly count: number;
}

const NEIGHBOURS = 5;
const WARM_UP = 50;
const MEMORY = 500;

/**
 * How rare the distance of a value from the median of the five before it is, in decades, if distances fall
 * off beyond their 90 % point as they do between their median and it.
 *
 * - finds spikes, drops and steps, also when up to a tenth of all readings are such: ranks cannot, as to
 *   them what happens every hundredth time is no rarer than that
 * - heavy-tailed data exceed what this promises, so ask twice the decades of it
 * - 0 until 50 readings, and when nine of ten readings equal their neighbours; cost: constant
 *
 * Source: robust z-score; quantiles by stochastic approximation, Robbins and Monro (1951).
 */
export const jump: Detector<JumpModel> = {
  name: 'jump',
  warmUp: WARM_UP,
  start: { last: [], median: 0, ninetieth: 0, count: 0 },
  score({ last, median, ninetieth, count }, { value }) {
    // Between its median and its 90 % point an exponential tail falls by a factor of five.
    const scale = (ninetieth - median) / Math.log(5);
    if (count < WARM_UP || !(0 < scale)) return 0;
    const distance = Math.abs(bounded(value) - medianOf(last));
    return Math.min(1000, Math.max(0, 1 + (distance - ninetieth) / (scale * Math.LN10)));
  },
  learn(model, reading) {
    const value = bounded(reading.value);
    const last = [...model.last, value].slice(-NEIGHBOURS);
    const count = model.count + 1;
    if (model.last.length === 0) return { ...model, last, count };
    const distance = Math.abs(value - medianOf(model.last));
    if (model.ninetieth === 0) return { last, median: distance / 2, ninetieth: distance, count };
    const step = model.ninetieth * Math.max(1 / count, 1 / MEMORY);
    return {
      last,
      median: Math.max(0, model.median + 2 * step * (distance < model.median ? -0.5 : 0.5)),
      ninetieth: model.ninetieth + 2 * step * (distance < model.ninetieth ? -0.1 : 0.9),
      count,
    };
  },
};

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}
