import { bounded, type Detector } from './detector.ts';

export interface EwmaModel {
  readonly mean: number;
  /** Of the residuals, in squared units. */
  readonly variance: number;
  /** Mean absolute change from one reading to the next. */
  readonly change: number;
  readonly last: number;
  readonly count: number;
}

const RATE = 0.05;
const VARIANCE_RATE = 0.01;
const WARM_UP = 20;

/**
 * Distance of a value from the exponentially weighted mean of those before it, in standard deviations of
 * such distances.
 *
 * - finds jumps; follows drift, so it stays quiet under a slow one, and learns a lasting fault as normal
 * - 0 on a flat line and until 20 readings; cost: constant, three numbers of state
 *
 * Source: EWMA control chart, Roberts (1959); NIST/SEMATECH e-Handbook, 6.3.2.4.
 */
export const ewmaResidual: Detector<EwmaModel> = {
  name: 'ewma_residual',
  warmUp: WARM_UP,
  start: { mean: 0, variance: 0, change: 0, last: 0, count: 0 },
  score({ mean, variance, count }, { value }) {
    if (count < WARM_UP || variance === 0) return 0;
    return Math.abs(bounded(value) - mean) / Math.sqrt(variance);
  },
  learn(model, reading) {
    const value = bounded(reading.value);
    const count = model.count + 1;
    if (count === 1) return { mean: value, variance: 0, change: 0, last: value, count };
    const residual = value - model.mean;
    const rate = Math.max(VARIANCE_RATE, 1 / count);
    return {
      mean: model.mean + residual * Math.max(RATE, 1 / count),
      variance: model.variance + rate * (residual * residual - model.variance),
      change: model.change + rate * (Math.abs(value - model.last) - model.change),
      last: value,
      count,
    };
  },
};
