import { bounded } from './detector.ts';

/** How the metrics of one device step together. Plain data. */
export interface RelationModel {
  /** In alphabetical order. */
  readonly metrics: readonly string[];
  /** The last readings of each metric, oldest first. */
  readonly recent: readonly (readonly number[])[];
  /** Of the steps, about zero: each metric with each. */
  readonly covariance: readonly (readonly number[])[];
  /** Running median and 90 % point of the scores. */
  readonly median: number;
  readonly ninetieth: number;
  readonly count: number;
}

/** What a point says: rarity in decades, and the metric that went its own way. */
export interface RelationEvidence {
  readonly decades: number;
  readonly metric: string;
}

/** A step is the median of the newest readings less that of the ones before them. */
const NEWEST = 5;
const BEFORE = 30;
const WINDOW = NEWEST + BEFORE;
/** Steps to learn before scores are given, and scores before they are ranked. */
const WARM_UP = 200;
const SCORES_WARM_UP = 300;
const MEMORY = 4000;
const SCORE_MEMORY = 2000;
/** A step beyond so many deviations counts as this: a fault must not teach what goes together. */
const GREATEST_STEP = 3;
/** Share of a relation between two metrics that is believed. */
const TRUST = 0.99;
/** What is off by less than this many of a metric's smallest changes is the coarseness of its sensor. */
const COARSE_STEPS = 2;
/** Inverting is cubic in them. */
const MAX_METRICS = 16;

/**
 * How rare it is, in decades, that one metric steps while those that usually step with it do not, or the
 * other way: the greatest residual of a metric's step given the steps of all others.
 *
 * - finds a relation that breaks while every metric stays in its range, and level shifts of one metric alone;
 *   single readings, outvoted in the medians, and breaks by less than ordinary steps are not for it
 * - decades as of an exponential tail beyond the 90 % point of its own scores, see `jump`: up to a tenth of
 *   all readings may be faults
 * - null for a single metric, for more than 16, and for the first 535 points; a point with other metrics than
 *   the one before starts anew
 * - cost: two sorts of at most 30 readings a metric and an inversion; half a kilobyte a metric when saved
 *
 * Source: conditional residuals from the precision matrix, Lauritzen, "Graphical Models" (1996), 5.1.3;
 * medians as in robust regression.
 */
export function followRelation(
  before: RelationModel | null,
  metrics: readonly string[],
  values: readonly number[],
): { readonly evidence: RelationEvidence | null; readonly model: RelationModel | null } {
  if (metrics.length < 2 || MAX_METRICS < metrics.length) return { evidence: null, model: null };
  const order = metrics
    .map((_, i) => i)
    .sort((a, b) => (`${metrics[a]}` < `${metrics[b]}` ? -1 : 1));
  const names = order.map((i) => metrics[i] as string);
  const model =
    before !== null &&
    names.every((name, i) => name === before.metrics[i]) &&
    names.length === before.metrics.length
      ? before
      : startRelation(names);
  const recent = model.recent.map((window, i) =>
    withNewest(window, bounded(values[order[i] as number] as number)),
  );
  if ((recent[0] as readonly number[]).length < WINDOW)
    return { evidence: null, model: { ...model, recent } };
  const steps = recent.map(
    (window) => medianOf(window, BEFORE, WINDOW) - medianOf(window, 0, BEFORE),
  );
  const count = model.count + 1;
  const covariance = learnSteps(model.covariance, steps, count);
  if (count <= WARM_UP) return { evidence: null, model: { ...model, recent, covariance, count } };
  const { score, at } = greatestResidual(model.covariance, steps, recent);
  const learned = learnScore(model, score, count - WARM_UP);
  const evidence =
    count <= WARM_UP + SCORES_WARM_UP
      ? null
      : { decades: decadesOf(model, score), metric: names[at] as string };
  return { evidence, model: { metrics: names, recent, covariance, ...learned, count } };
}

function startRelation(metrics: readonly string[]): RelationModel {
  return {
    metrics,
    recent: metrics.map(() => []),
    covariance: metrics.map(() => metrics.map(() => 0)),
    median: 0,
    ninetieth: 0,
    count: 0,
  };
}

function learnSteps(
  covariance: RelationModel['covariance'],
  steps: readonly number[],
  count: number,
): number[][] {
  const rate = Math.max(1 / count, 1 / MEMORY);
  const seen = steps.map((step, i) => {
    const most = GREATEST_STEP * Math.sqrt(covariance[i]?.[i] as number);
    return count <= WARM_UP || most === 0 ? step : Math.min(Math.max(step, -most), most);
  });
  return covariance.map((line, i) =>
    line.map((known, j) => known + rate * ((seen[i] as number) * (seen[j] as number) - known)),
  );
}

/** The greatest step, in deviations, of a metric beyond what the others' steps lead to expect, and whose it is. */
function greatestResidual(
  covariance: RelationModel['covariance'],
  steps: readonly number[],
  recent: RelationModel['recent'],
): { score: number; at: number } {
  // Metrics that never stepped have no deviation and say nothing.
  const scales = covariance.map((line, i) => Math.sqrt(line[i] as number));
  const scaled = steps.map((step, i) => (scales[i] === 0 ? 0 : step / (scales[i] as number)));
  const precision = inverse(
    covariance.map((line, i) =>
      line.map((value, j) => {
        const scale = (scales[i] as number) * (scales[j] as number);
        if (i === j) return 1;
        return scale === 0 ? 0 : (TRUST * value) / scale;
      }),
    ),
  );
  let score = 0;
  let at = 0;
  precision.forEach((line, i) => {
    const residual = line.reduce((sum, value, j) => sum + value * (scaled[j] as number), 0);
    const size = Math.min(Math.abs(residual) / Math.sqrt(line[i] as number), 1e6);
    const distance = (Math.abs(residual) / (line[i] as number)) * (scales[i] as number);
    const least = COARSE_STEPS * smallestChange(recent[i] as readonly number[]);
    if (score < size && least <= distance) {
      score = size;
      at = i;
    }
  });
  return { score, at };
}

/** Of a positive definite matrix with ones on its diagonal: Gauss and Jordan, no pivoting needed. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((line, i) => [...line, ...line.map((_, j) => (i === j ? 1 : 0))]);
  rows.forEach((row, i) => {
    const pivot = row[i] as number;
    for (let k = 0; k < 2 * size; k++) row[k] = (row[k] as number) / pivot;
    rows.forEach((other, j) => {
      const factor = other[i] as number;
      if (j === i || factor === 0) return;
      for (let k = 0; k < 2 * size; k++)
        other[k] = (other[k] as number) - factor * (row[k] as number);
    });
  });
  return rows.map((row) => row.slice(size));
}

/** Between its median and its 90 % point an exponential tail falls by a factor of five. */
function decadesOf({ median, ninetieth }: RelationModel, score: number): number {
  const scale = (ninetieth - median) / Math.log(5);
  if (!(0 < scale)) return 0;
  return Math.min(1000, Math.max(0, 1 + (score - ninetieth) / (scale * Math.LN10)));
}

function learnScore({ median, ninetieth }: RelationModel, score: number, count: number) {
  if (ninetieth === 0) return { median: score / 2, ninetieth: score };
  const step = 2 * ninetieth * Math.max(1 / count, 1 / SCORE_MEMORY);
  return {
    median: Math.max(0, median + step * (score < median ? -0.5 : 0.5)),
    ninetieth: Math.max(0, ninetieth + step * (score < ninetieth ? -0.1 : 0.9)),
  };
}

/** Between two readings that differ; 0 when all are equal. */
function smallestChange(window: readonly number[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < window.length; i++) {
    const change = Math.abs((window[i] as number) - (window[i - 1] as number));
    if (0 < change && change < smallest) smallest = change;
  }
  return smallest === Number.POSITIVE_INFINITY ? 0 : smallest;
}

/** The window without its oldest reading once it is full. */
function withNewest(window: readonly number[], value: number): number[] {
  const next: number[] = [];
  for (let i = Math.max(0, window.length + 1 - WINDOW); i < window.length; i++)
    next.push(window[i] as number);
  next.push(value);
  return next;
}

/** Written before it is read in each call, so nothing stays in it. */
const sorted = new Float64Array(BEFORE);

/** Of the values from one index up to another; sorted by insertion, the fastest for so few. */
function medianOf(values: readonly number[], from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    let at = i - from;
    for (; 0 < at && value < (sorted[at - 1] as number); at--)
      sorted[at] = sorted[at - 1] as number;
    sorted[at] = value;
  }
  return sorted[(to - from) >> 1] as number;
}
