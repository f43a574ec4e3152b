import { bounded, type Detector } from './detector.ts';
import { append, emptyFloatWindow, type NumberWindow, sizeOf } from './window.ts';

/** Moments of a stretch of readings. */
interface Moments {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
}

export interface VarianceModel {
  readonly recent: NumberWindow<Float32Array>;
  /** Readings since the last block was closed. */
  readonly open: number;
  /** Closed blocks of `BLOCK` readings, newest last; the newest one still overlaps `recent`. */
  readonly blocks: readonly Moments[];
  /** Variance of all blocks but the newest. */
  readonly longVariance: number;
}

const BLOCK = 100;
const MAX_BLOCKS = 41;
/** A recent variance below this share of the long one counts as it: a stuck sensor has no logarithm. */
const FLOOR = 1e-3;

/**
 * How much calmer or wilder the last 100 readings are than the 4000 before them: the absolute logarithm of
 * the ratio of their variances.
 *
 * - finds a sensor that got stuck or noisy; slow by design (it needs dozens of readings), blind to level
 * - 0 until 200 readings; cost: two passes over 100 readings
 *
 * Source: the F statistic of two variances, NIST/SEMATECH e-Handbook, 1.3.5.9.
 */
export const varianceRatio: Detector<VarianceModel> = {
  name: 'variance_ratio',
  warmUp: 2 * BLOCK,
  start: { recent: emptyFloatWindow(BLOCK - 1), open: 0, blocks: [], longVariance: 0 },
  score({ recent, blocks, longVariance }, { value }) {
    if (blocks.length < 2 || sizeOf(recent) < BLOCK - 1) return 0;
    const { squares, count } = momentsOf(recent, bounded(value));
    const floor = FLOOR * longVariance;
    if (longVariance === 0) return squares === 0 ? 0 : Math.log(1 / FLOOR);
    return Math.abs(Math.log((squares / count + floor) / (longVariance + floor)));
  },
  learn(model, { value }) {
    const recent = append(model.recent, bounded(value));
    if (model.open + 1 < BLOCK) return { ...model, recent, open: model.open + 1 };
    const closed = momentsOf(model.recent, bounded(value));
    const blocks = [...model.blocks, closed].slice(-MAX_BLOCKS);
    const long = blocks.slice(0, -1).reduce(merge, { count: 0, mean: 0, squares: 0 });
    const longVariance = long.count === 0 ? 0 : long.squares / long.count;
    return { recent, open: 0, blocks, longVariance };
  },
};

function momentsOf({ buffer, start, end }: NumberWindow<Float32Array>, newest: number): Moments {
  const count = end - start + 1;
  let sum = newest;
  for (let i = start; i < end; i++) sum += buffer[i] as number;
  const mean = sum / count;
  let squares = (newest - mean) ** 2;
  for (let i = start; i < end; i++) {
    const distance = (buffer[i] as number) - mean;
    squares += distance * distance;
  }
  return { count, mean, squares };
}

/** Chan, Golub, LeVeque (1979): moments of two stretches together. */
function merge(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  const distance = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (distance * b.count) / count,
    squares: a.squares + b.squares + (distance * distance * a.count * b.count) / count,
  };
}
