import type { IsolationForest } from '../forest/isolation-forest.ts';

/** Everything that one training run learned: what a model version holds. Immutable. */
export interface ModelBundle {
  /** RFC 3339, given by the trainer. */
  readonly trainedAt: string;
  readonly parameters: TrainingParameters;
  readonly models: readonly TrainedModel[];
}

export interface TrainingParameters {
  readonly trees: number;
  readonly sampleSize: number;
  /** Expected share of anomalies in the training data, (0, 0.5]; sets each model's threshold. */
  readonly contamination: number;
  readonly seed: number;
  /** Samples below which a model is not trained. */
  readonly minimumSamples: number;
  /** Samples above which a model is trained on a uniform choice of them. */
  readonly maximumSamples: number;
  /** Of the place's clock, for the hour of day; 0 is UTC. */
  readonly utcOffsetMinutes: number;
}

/** A forest over one metric, or over several that devices report together. */
export interface TrainedModel {
  /** In alphabetical order. */
  readonly metrics: readonly string[];
  /** The type of place it was trained for; null: all. */
  readonly placeType: string | null;
  /** What the forest reads, in order. */
  readonly features: readonly string[];
  readonly sampleCount: number;
  /** Time from the first to the last sample. */
  readonly spanMs: number;
  /** Forest score at or above which a training sample is among the `contamination` strangest. */
  readonly threshold: number;
  /** One a metric, in the order of `metrics`. */
  readonly statistics: readonly MetricStatistics[];
  readonly forest: IsolationForest;
  readonly golden: readonly GoldenVector[];
}

/** What was ordinary for a metric in training. All in its unit. */
export interface MetricStatistics {
  readonly median: number;
  /** Four robust deviations either side of the median, so that up to 5 % of anomalies do not widen it. */
  readonly low: number;
  readonly high: number;
  /** The same band of how far a value departs from the mean of the readings just before it. */
  readonly lowDeparture: number;
  readonly highDeparture: number;
  /** Medians of the forest's features of this metric: what stands in for it when its part is weighed. */
  readonly typical: readonly number[];
}

/** An input that is no training row, and the score that the forest must give it. */
export interface GoldenVector {
  readonly row: readonly number[];
  readonly score: number;
}

/** The model for a set of metrics at a type of place: its own, else the one for all places, else null. */
export function modelFor(
  bundle: ModelBundle,
  metrics: readonly string[],
  placeType: string | undefined,
): TrainedModel | null {
  let general: TrainedModel | null = null;
  for (const model of bundle.models) {
    if (model.metrics.length !== metrics.length) continue;
    if (!model.metrics.every((metric, i) => metric === metrics[i])) continue;
    if (model.placeType === null) general = model;
    else if (model.placeType === placeType) return model;
  }
  return general;
}
