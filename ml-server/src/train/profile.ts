import {
  featureRow,
  type ModelBundle,
  type PointFeatures,
  pointFeatures,
  remember,
  type SeriesHistory,
  scoreForest,
  type TrainingSeries,
} from '@plumbline/detection';
import {
  type Histogram,
  histogramOf,
  type TrainingProfile,
  WATCHED_FEATURES,
} from '../model/training-profile.ts';

/** Readings of a metric beyond these add nothing to its deciles. */
const MAX_PER_METRIC = 20_000;

/** Describes what a bundle learned from: its features, and the scores that its own forests give them. */
export function profileOf(bundle: ModelBundle, series: readonly TrainingSeries[]): TrainingProfile {
  return [...featuresByMetric(series, bundle.parameters.utcOffsetMinutes)].flatMap(
    ([metric, seen]): Histogram[] => {
      const features = thinned(seen);
      const histograms = WATCHED_FEATURES.map((feature) =>
        histogramOf(
          metric,
          feature,
          features.map((one) => one[feature]),
        ),
      );
      const model = bundle.models.find(
        ({ metrics, placeType }) =>
          placeType === null && metrics.length === 1 && metrics[0] === metric,
      );
      if (model !== undefined) {
        const rows = Float32Array.from(features.flatMap((one) => featureRow([one])));
        histograms.push(histogramOf(metric, 'score', [...scoreForest(model.forest, rows)]));
      }
      return histograms.filter((one) => one !== null);
    },
  );
}

function featuresByMetric(
  series: readonly TrainingSeries[],
  utcOffsetMinutes: number,
): Map<string, PointFeatures[]> {
  const byMetric = new Map<string, PointFeatures[]>();
  for (const { points } of series) {
    const histories = new Map<string, SeriesHistory>();
    for (const { atMs, metrics } of points) {
      for (const [metric, value] of Object.entries(metrics)) {
        const history = histories.get(metric) ?? null;
        const features = byMetric.get(metric) ?? [];
        features.push(pointFeatures(history, atMs, value, utcOffsetMinutes));
        byMetric.set(metric, features);
        histories.set(metric, remember(history, atMs, value));
      }
    }
  }
  return byMetric;
}

function thinned(features: readonly PointFeatures[]): readonly PointFeatures[] {
  const step = Math.ceil(features.length / MAX_PER_METRIC);
  return step <= 1 ? features : features.filter((_, i) => i % step === 0);
}
