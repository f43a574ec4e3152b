import Type, { type Static } from 'typebox';

/** Shares of training data between edges: below the first, between each two, from the last on. */
export const Histogram = Type.Object({
  metric: Type.String(),
  /** A feature of the metric, or `score` for what its forest said. */
  feature: Type.String(),
  /** Ascending, all different: deciles of the training data. */
  edges: Type.Array(Type.Number(), { minItems: 1, maxItems: 9 }),
  /** One more than edges; sums to 1. */
  shares: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 2, maxItems: 10 }),
});
export type Histogram = Static<typeof Histogram>;

/** What the data was like that a version learned from, so that a server can tell when the world has moved. */
export const TrainingProfile = Type.Array(Histogram, { maxItems: 200 });
export type TrainingProfile = readonly Histogram[];

/** Features whose distribution is watched. The hour of day is not: it moves all day long. */
export const WATCHED_FEATURES = ['value', 'ratePerMinute', 'mean', 'deviation', 'range'] as const;

/**
 * A histogram over the deciles of some values. Null if they are too few, or all equal: there is nothing to
 * compare with.
 */
export function histogramOf(
  metric: string,
  feature: string,
  values: readonly number[],
): Histogram | null {
  if (values.length < 10) return null;
  const sorted = Float64Array.from(values).sort();
  const deciles = Array.from(
    { length: 9 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / 10)] as number,
  );
  const lowest = sorted[0] as number;
  const edges = [...new Set(deciles)].filter((edge) => lowest < edge);
  if (edges.length === 0) return null;
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of sorted) {
    const bin = binOf(edges, value);
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { metric, feature, edges, shares: counts.map((count) => count / sorted.length) };
}

/** Which of the `edges.length + 1` bins a value falls into. */
export function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && (edges[bin] as number) <= value) bin++;
  return bin;
}

/**
 * Population stability index: how far a distribution has moved. By convention below 0.1 is no change to
 * speak of, 0.1 to 0.25 some, above 0.25 much.
 *
 * - expected and found: counts or shares of the same bins, found with a sum of at least 1
 * - empty bins count as half a reading, so that the index stays finite
 *
 * Source: Siddiqi, "Credit Risk Scorecards" (2006), chapter 9.
 */
export function stabilityIndex(expected: readonly number[], found: readonly number[]): number {
  const total = found.reduce((sum, count) => sum + count, 0);
  const least = 0.5 / total;
  return expected.reduce((index, share, bin) => {
    const wanted = Math.max(share, least);
    const got = Math.max((found[bin] ?? 0) / total, least);
    return index + (got - wanted) * Math.log(got / wanted);
  }, 0);
}
