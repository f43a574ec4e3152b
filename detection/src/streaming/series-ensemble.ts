import type { Reading } from './detector.ts';
import { type EwmaModel, ewmaResidual } from './ewma-residual.ts';
import { shapeDistance, type Values } from './shape-distance.ts';
import { type StuckModel, stuck } from './stuck.ts';
import { noScores, type RecentScores, rememberScore, tailDecades } from './tail-probability.ts';
import { type DayProfile, timeOfDay } from './time-of-day.ts';
import { type VarianceModel, varianceRatio } from './variance-ratio.ts';
import { emptyFloatWindow } from './window.ts';

export const LOOK_BACK = 4000;
const LONG_SHAPE = 48;

const shape = shapeDistance({ length: 10, neighbours: 10, lookBack: LOOK_BACK });
const longShape = shapeDistance({ length: LONG_SHAPE, neighbours: 5, lookBack: LOOK_BACK });
export const VALUES_CAPACITY = LOOK_BACK + LONG_SHAPE;

/** The detectors whose evidence is summed, in the order of `SeriesModel.recent` and `SeriesEvidence.decades`. */
export const ENSEMBLE_NAMES = [
  shape.name,
  longShape.name,
  timeOfDay.name,
  varianceRatio.name,
] as const;

/**
 * What is known of one series: about 46 KB once it is full. The distances to earlier shapes, 64 KB more while
 * the series is live in memory, follow from it and are not part of it.
 */
export interface SeriesModel {
  /** The first value; all others are kept as differences from it, so that 32 bits are plenty. */
  readonly origin: number;
  readonly values: Values;
  readonly day: DayProfile;
  readonly variance: VarianceModel;
  readonly ewma: EwmaModel;
  readonly stuck: StuckModel;
  /** Recent scores of each detector. */
  readonly recent: readonly RecentScores[];
}

export interface SeriesEvidence {
  /** Rarity of each detector's score among its recent ones, see `tailDecades`. */
  readonly decades: readonly number[];
  /** Sum of the decades. */
  readonly sum: number;
  /** Rarity of the run of equal values that the reading prolongs, see `stuck`. Not in the sum. */
  readonly stuck: number;
}

export function startSeries(origin: number): SeriesModel {
  return {
    origin,
    values: emptyFloatWindow(VALUES_CAPACITY),
    day: timeOfDay.start,
    variance: varianceRatio.start,
    ewma: ewmaResidual.start,
    stuck: stuck.start,
    recent: ENSEMBLE_NAMES.map(noScores),
  };
}

/**
 * How strange a reading is for its series, and the series' model with the reading learned.
 *
 * Four detectors that look at different things (short shape, long shape, time of day, variance), each as the
 * rarity of its score among its own recent ones, summed: one that is sure, or several that are half sure.
 * More detectors on the same data lower the score: what they add is mostly the same noise again.
 */
export function followSeries(
  model: SeriesModel,
  reading: Reading,
): { readonly evidence: SeriesEvidence; readonly model: SeriesModel } {
  const { values, day, variance, recent, origin } = model;
  const shifted: Reading = { atMs: reading.atMs, value: reading.value - origin };
  const scores = [
    shape.score(values, shifted),
    longShape.score(values, shifted),
    timeOfDay.score(day, shifted),
    varianceRatio.score(variance, shifted),
  ];
  const decades = scores.map((score, i) => tailDecades(recent[i] as RecentScores, score));
  return {
    evidence: {
      decades,
      sum: decades.reduce((a, b) => a + b, 0),
      stuck: stuck.score(model.stuck, reading),
    },
    model: {
      origin,
      values: shape.learn(values, shifted),
      day: timeOfDay.learn(day, shifted),
      variance: varianceRatio.learn(variance, shifted),
      ewma: ewmaResidual.learn(model.ewma, shifted),
      stuck: stuck.learn(model.stuck, reading),
      recent: recent.map((window, i) => rememberScore(window, scores[i] as number)),
    },
  };
}
