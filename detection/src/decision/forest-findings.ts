import { featureRow, type PointFeatures } from '../features.ts';
import { scoreRow } from '../forest/score.ts';
import type { MetricStatistics, TrainedModel } from '../model/bundle.ts';
import { toRows } from '../model/train-bundle.ts';
import type { Finding } from './anomaly-types.ts';

const ALMOST_ONE = 0.999;

/**
 * What the trained forest of one metric says of a point.
 *
 * A share of `contamination` of even the best data lies above the threshold, so the forest alone does not
 * make an anomaly of a value that lies within the band of the ordinary.
 */
export function forestFinding(model: TrainedModel, features: PointFeatures): Finding {
  const [metric] = model.metrics as readonly [string];
  const [statistics] = model.statistics as readonly [MetricStatistics];
  const score = scoreFeatures(model, [features]);
  const direction = directionOf(features.value, statistics);
  return finding('forest', metric, score, model.threshold, direction !== null, direction);
}

/**
 * What the joint forest says of all metrics of a point together: an anomaly only when one of the values
 * lies outside its band, as for a single metric.
 */
export function jointForestFinding(
  model: TrainedModel,
  features: readonly PointFeatures[],
): Finding {
  const score = scoreFeatures(model, features);
  const isOutside = features.some(
    ({ value }, i) => directionOf(value, model.statistics[i] as MetricStatistics) !== null,
  );
  return finding('joint_forest', null, score, model.threshold, isOutside, null);
}

/**
 * How much each metric drives the joint score, 0 to 1, summing to 1: how far the score falls when the
 * metric's features are replaced by typical ones.
 */
export function jointShares(model: TrainedModel, features: readonly PointFeatures[]): number[] {
  const whole = scoreFeatures(model, features);
  const row = featureRow(features);
  const width = (row.length - 2) / features.length;
  const falls = features.map((_, metric) => {
    const replaced = [...row];
    const { typical } = model.statistics[metric] as MetricStatistics;
    for (let i = 0; i < width; i++) replaced[metric * width + i] = typical[i] as number;
    return Math.max(0, whole - scoreRow(model.forest, toRows([replaced], row.length)));
  });
  const sum = falls.reduce((a, b) => a + b, 0);
  return falls.map((fall) => (sum === 0 ? 1 / falls.length : fall / sum));
}

function scoreFeatures(model: TrainedModel, features: readonly PointFeatures[]): number {
  const row = featureRow(features);
  return scoreRow(model.forest, toRows([row], row.length));
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
  isOutside: boolean,
  direction: 'low' | 'high' | null,
): Finding {
  const ratio = score / threshold;
  const level = isOutside ? ratio : Math.min(ratio, ALMOST_ONE);
  return {
    name,
    metric,
    score,
    threshold,
    level,
    severity: level < 1 ? 'normal' : 'warning',
    direction,
  };
}
