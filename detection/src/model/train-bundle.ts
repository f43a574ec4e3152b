import { InputError } from '../errors.ts';
import {
  featureNames,
  featureRow,
  forestRow,
  type PointFeatures,
  pointFeatures,
  remember,
  type SeriesHistory,
} from '../features.ts';
import { fitForest } from '../forest/isolation-forest.ts';
import { scoreForest } from '../forest/score.ts';
import { seededRandom } from '../random.ts';
import { quantileOfSorted, sortedCopy } from '../statistics.ts';
import type {
  GoldenVector,
  MetricStatistics,
  ModelBundle,
  TrainedModel,
  TrainingParameters,
} from './bundle.ts';

/** What one device measured at one moment: metric to finite value. */
export interface Point {
  readonly atMs: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly placeType?: string;
}

/** The points of one device in time order. */
export interface TrainingSeries {
  readonly points: readonly Point[];
  readonly placeType?: string;
}

export interface TrainingOptions extends Partial<TrainingParameters> {
  /** RFC 3339; kept in the bundle. */
  readonly trainedAt: string;
}

/** A model that could not be trained, and why. */
export interface MissingModel {
  readonly metrics: readonly string[];
  readonly samples: number;
  readonly wanted: number;
}

export interface Trained {
  /** Null when no model at all had samples enough. */
  readonly bundle: ModelBundle | null;
  readonly missing: readonly MissingModel[];
}

export const DEFAULT_PARAMETERS: TrainingParameters = {
  trees: 100,
  sampleSize: 256,
  contamination: 0.05,
  seed: 42,
  minimumSamples: 50,
  maximumSamples: 50_000,
  utcOffsetMinutes: 0,
};

/** Grows a forest on rows; `fitForest` unless another engine is wanted. */
export type GrowForest = typeof fitForest;

const GOLDEN_COUNT = 8;
const BAND_DEVIATIONS = 4;
/** Sets of metrics reported together for which a joint forest is grown; the most frequent ones. */
const MAX_JOINT_MODELS = 32;

/**
 * Trains a forest for each metric, for each set of metrics reported together, and for each of these at each
 * type of place when there are several types.
 *
 * - deterministic: the same series, options and seed give the same bundle
 * - points that are not newer than the one before them in their series are left out
 * - cost: linear in the points, about 0.2 s for each model of 50,000 samples
 *
 * @throws InputError when a value is not finite or an option is out of range
 */
export function trainBundle(
  series: readonly TrainingSeries[],
  { trainedAt, ...options }: TrainingOptions,
  grow: GrowForest = fitForest,
): Trained {
  const parameters: TrainingParameters = { ...DEFAULT_PARAMETERS, ...options };
  checkParameters(parameters);
  const models: TrainedModel[] = [];
  const missing: MissingModel[] = [];
  for (const samples of collectSamples(series, parameters)) {
    if (parameters.minimumSamples <= samples.seen)
      models.push(trainModel(samples, parameters, grow));
    else if (samples.placeType === null)
      missing.push({
        metrics: samples.metrics,
        samples: samples.seen,
        wanted: parameters.minimumSamples,
      });
  }
  return { bundle: 0 < models.length ? { trainedAt, parameters, models } : null, missing };
}

/** Samples of one model: a bounded, uniform choice of all that were seen. */
interface Samples {
  readonly metrics: readonly string[];
  readonly placeType: string | null;
  readonly rows: number[][];
  seen: number;
  firstMs: number;
  lastMs: number;
  readonly random: () => number;
}

function collectSamples(
  series: readonly TrainingSeries[],
  { utcOffsetMinutes, maximumSamples, seed }: TrainingParameters,
): Samples[] {
  const groups = new Map<string, Samples>();
  const placeTypes = new Set(series.map((one) => one.placeType));
  for (const { points, placeType } of series) {
    const histories = new Map<string, SeriesHistory>();
    for (const point of points) {
      const described = new Map<string, PointFeatures>();
      for (const metric of Object.keys(point.metrics).sort()) {
        const value = finite(point, metric);
        const history = histories.get(metric) ?? null;
        const next = remember(history, point.atMs, value);
        if (next === history) continue;
        described.set(metric, pointFeatures(history, point.atMs, value, utcOffsetMinutes));
        histories.set(metric, next);
      }
      for (const [metric, features] of described) add([metric], [features], point.atMs, placeType);
      if (1 < described.size)
        add([...described.keys()], [...described.values()], point.atMs, placeType);
    }
  }
  return withoutRareSets([...groups.values()]);

  function add(
    metrics: readonly string[],
    features: readonly PointFeatures[],
    atMs: number,
    placeType: string | undefined,
  ): void {
    const row = featureRow(features);
    addTo(metrics, null, atMs, row);
    if (placeType !== undefined && 1 < placeTypes.size) addTo(metrics, placeType, atMs, row);
  }

  function addTo(
    metrics: readonly string[],
    placeType: string | null,
    atMs: number,
    row: number[],
  ): void {
    const key = JSON.stringify([metrics, placeType]);
    let samples = groups.get(key);
    if (samples === undefined) {
      samples = {
        metrics,
        placeType,
        rows: [],
        seen: 0,
        firstMs: atMs,
        lastMs: atMs,
        random: seededRandom(seed),
      };
      groups.set(key, samples);
    }
    // Reservoir sampling (Vitter, algorithm R): every sample is kept with the same chance.
    if (samples.rows.length < maximumSamples) samples.rows.push(row);
    else {
      const slot = Math.floor(samples.random() * (samples.seen + 1));
      if (slot < maximumSamples) samples.rows[slot] = row;
    }
    samples.seen++;
    samples.firstMs = Math.min(samples.firstMs, atMs);
    samples.lastMs = Math.max(samples.lastMs, atMs);
  }
}

/** Devices that report in ever-changing combinations must not make a forest for each of them. */
function withoutRareSets(groups: readonly Samples[]): Samples[] {
  const joint = groups.filter((group) => 1 < group.metrics.length);
  joint.sort((a, b) => b.seen - a.seen);
  const kept = new Set(joint.slice(0, MAX_JOINT_MODELS));
  return groups.filter((group) => group.metrics.length === 1 || kept.has(group));
}

function trainModel(
  samples: Samples,
  parameters: TrainingParameters,
  grow: GrowForest,
): TrainedModel {
  const { metrics, placeType } = samples;
  const features = featureNames(metrics);
  const rows = toRows(samples.rows, features.length);
  const forest = grow(rows, features.length, {
    treeCount: parameters.trees,
    sampleSize: parameters.sampleSize,
    seed: parameters.seed,
  });
  const scores = sortedCopy(scoreForest(forest, rows));
  const columns = features.map((_, at) => sortedCopy(samples.rows.map((row) => row[at] as number)));
  const golden = inventRows(columns, parameters.seed).map((row): GoldenVector => {
    const [score] = scoreForest(forest, Float32Array.from(row));
    return { row, score: score as number };
  });
  const width = metrics.length === 1 ? features.length : (features.length - 2) / metrics.length;
  return {
    metrics,
    placeType,
    features,
    sampleCount: samples.seen,
    spanMs: samples.lastMs - samples.firstMs,
    threshold: quantileOfSorted(scores, 1 - parameters.contamination),
    statistics: metrics.map((_, at) => {
      const first = at * width;
      const meanAt = features.findIndex((name, i) => first <= i && name.endsWith('rolling_mean'));
      const departures = samples.rows.map(
        (row) => (row[first] as number) - (row[meanAt] as number),
      );
      return describeMetric(columns.slice(first, first + width), sortedCopy(departures));
    }),
    forest,
    golden,
  };
}

function toRows(rows: readonly (readonly number[])[], dimensions: number): Float32Array {
  const flat = new Float32Array(rows.length * dimensions);
  rows.forEach((row, at) => {
    forestRow(row, flat, at * dimensions);
  });
  return flat;
}

/** From the sorted columns of one metric's features, its value first, and its sorted departures. */
function describeMetric(
  columns: readonly Float64Array[],
  departures: Float64Array,
): MetricStatistics {
  const [values] = columns as readonly [Float64Array];
  const step = smallestStep(values);
  const departure = robustBand(departures, step);
  return {
    ...robustBand(values, step),
    lowDeparture: departure.low,
    highDeparture: departure.high,
    typical: columns.map((column) => quantileOfSorted(column, 0.5)),
  };
}

/**
 * - step: what a coarse sensor cannot show less of, as from nobody to somebody, lies within any band. What
 *   did not vary has none
 */
function robustBand(
  sorted: Float64Array,
  step: number,
): { median: number; low: number; high: number } {
  const at = (share: number) => quantileOfSorted(sorted, share);
  const median = at(0.5);
  if (at(0.05) === at(0.95)) return { median, low: median, high: median };
  // A normal distribution has its quartiles 1.349 and its 5 % and 95 % points 1.645 deviations apart.
  const core = at(0.75) / 1.349 - at(0.25) / 1.349;
  const reach = (distance: number) =>
    Math.min(Math.max(step, BAND_DEVIATIONS * Math.max(core, distance)), Number.MAX_VALUE / 8);
  const low = median - reach(median / 1.645 - at(0.05) / 1.645);
  const high = median + reach(at(0.95) / 1.645 - median / 1.645);
  return { median, low, high };
}

/** The smallest difference between two values that occur: 1 for a sensor that counts; 0 when all are equal. */
function smallestStep(sorted: Float64Array): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < sorted.length; i++) {
    const step = (sorted[i] as number) - (sorted[i - 1] as number);
    if (0 < step && step < smallest) smallest = step;
  }
  return Number.isFinite(smallest) ? smallest : 0;
}

/** Rows mixed from quantiles of the columns, so that none of them is a device's reading. */
function inventRows(columns: readonly Float64Array[], seed: number): number[][] {
  const random = seededRandom(seed ^ 0x601d);
  return Array.from({ length: GOLDEN_COUNT }, () =>
    columns.map((column) => {
      const value = quantileOfSorted(column, random()) * (1 + 0.01 * (random() - 0.5));
      return toRows([[value]], 1)[0] as number;
    }),
  );
}

function finite(point: Point, metric: string): number {
  const value = point.metrics[metric] as number;
  if (!Number.isFinite(value) || !Number.isFinite(point.atMs))
    throw new InputError(
      `${metric} at ${point.atMs} is ${value}, wanted a finite number at a finite time`,
    );
  return value;
}

function checkParameters(parameters: TrainingParameters): void {
  const { contamination, minimumSamples, maximumSamples } = parameters;
  if (!(0 < contamination && contamination <= 0.5))
    throw new InputError(`contamination ${contamination} not in (0, 0.5]`);
  if (!(2 <= minimumSamples && minimumSamples <= maximumSamples))
    throw new InputError(`minimumSamples ${minimumSamples} not in [2, ${maximumSamples}]`);
}
