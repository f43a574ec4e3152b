import { featureRow, forestRow, type PointFeatures } from '../features.ts';
import { scoreForest } from '../forest/score.ts';
import type { MetricStatistics, TrainedModel } from '../model/bundle.ts';
import type { Finding } from './anomaly-types.ts';

/** The most that a forest may say of a value within the band of the ordinary. */
export const ALMOST_ONE = 0.999;
/** How many times as far out as the band of a new device a level must be for the guard rail. */
const GUARD_REACH = 2;
/** Departures from the readings just before drift less than levels do, so their rail stands nearer. */
const DEPARTURE_REACH = 1.5;
/** A day, but for the last interval and a late start. */
const ALMOST_DAY_MS = 23 * 3_600_000;

/**
 * What the trained forest of one metric says of a point.
 *
 * A share of `contamination` of even the best data lies above the threshold, so the forest alone does not
 * make an anomaly of a value that lies within the band of the ordinary. What it learned grows old, so once a
 * device has a past of its own it is a guard rail at twice the distance, and none at all when it has seen
 * less than a day and would take the rest of the day for strange.
 */
export function forestFinding(
  model: TrainedModel,
  features: PointFeatures,
  score: number,
  isNewDevice: boolean,
): Finding {
  const [metric] = model.metrics as readonly [string];
  const [statistics] = model.statistics as readonly [MetricStatistics];
  const direction = directionOf(features.value, statistics);
  const mayDecide = isOutside(features, model, statistics, isNewDevice);
  return finding('forest', metric, score, model.threshold, mayDecide, direction);
}

/**
 * What the joint forest says of all metrics of a point together: an anomaly only when one of the values
 * lies outside its band, as for a single metric.
 */
export function jointForestFinding(
  model: TrainedModel,
  features: readonly PointFeatures[],
  score: number,
  isNewDevice: boolean,
): Finding {
  const mayDecide = features.some((one, i) =>
    isOutside(one, model, model.statistics[i] as MetricStatistics, isNewDevice),
  );
  return finding('joint_forest', null, score, model.threshold, mayDecide, null);
}

/**
 * How much each metric drives the joint score, 0 to 1, summing to 1: how far the score falls when the
 * metric's features are replaced by typical ones.
 */
export function jointShares(
  model: TrainedModel,
  features: readonly PointFeatures[],
  whole: number,
): number[] {
  const row = featureRow(features);
  const width = (row.length - 2) / features.length;
  const rows = new Float32Array(features.length * row.length);
  features.forEach((_, metric) => {
    const replaced = [...row];
    const { typical } = model.statistics[metric] as MetricStatistics;
    for (let i = 0; i < width; i++) replaced[metric * width + i] = typical[i] as number;
    forestRow(replaced, rows, metric * row.length);
  });
  const falls = [...scoreForest(model.forest, rows)].map((score) => Math.max(0, whole - score));
  const sum = falls.reduce((a, b) => a + b, 0);
  return falls.map((fall) => (sum === 0 ? 1 / falls.length : fall / sum));
}

/**
 * The model's score of each point.
 *
 * - features: of each point's metrics; positions: where among them the model's metrics are, in its order
 */
export function scorePoints(
  { forest }: TrainedModel,
  features: readonly (readonly PointFeatures[])[],
  positions: readonly number[],
): Float64Array {
  const rows = new Float32Array(features.length * forest.dimensions);
  for (let i = 0; i < features.length; i++) {
    const ofPoint = features[i] as readonly PointFeatures[];
    const row = featureRow(positions.map((position) => ofPoint[position] as PointFeatures));
    forestRow(row, rows, i * forest.dimensions);
  }
  return scoreForest(forest, rows);
}

/**
 * Outside the band; once the device has a past of its own, far outside that of a model that knows the day. A
 * metric that did not vary in training has no band.
 */
function isOutside(
  { value, mean }: PointFeatures,
  { spanMs }: TrainedModel,
  { median, low, high, lowDeparture, highDeparture }: MetricStatistics,
  isNewDevice: boolean,
): boolean {
  const isLevelOutside = (reach: number) =>
    low < high &&
    (value < median - reach * (median - low) || median + reach * (high - median) < value);
  if (isNewDevice) return isLevelOutside(1);
  if (spanMs < ALMOST_DAY_MS) return false;
  const departure = value - mean;
  const isDepartureOutside =
    lowDeparture < highDeparture &&
    (departure < DEPARTURE_REACH * lowDeparture || DEPARTURE_REACH * highDeparture < departure);
  return isLevelOutside(GUARD_REACH) || isDepartureOutside;
}

function directionOf(value: number, { low, high }: MetricStatistics): 'low' | 'high' | null {
  if (value < low) return 'low';
  return high < value ? 'high' : null;
}

function finding(
  name: string,
  metric: string | null,
  score: number,
  threshold: number,
  mayDecide: boolean,
  direction: 'low' | 'high' | null,
): Finding {
  const ratio = score / threshold;
  const level = mayDecide ? ratio : Math.min(ratio, ALMOST_ONE);
  return {
    name,
    metric,
    score,
    threshold,
    level,
    severity: level < 1 ? 'normal' : 'warning',
    direction,
    limit: null,
  };
}
