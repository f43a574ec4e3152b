import {
  featureRow,
  pointFeatures,
  scoreForest,
  scoreRow,
  type TrainedModel,
} from '@plumbline/detection';

/**
 * What a forest says of readings as of devices never seen, one score each.
 *
 * - times: epoch milliseconds
 * - values: for each metric of the forest, in its order, one value a reading
 */
export function forestScores(
  { forest }: TrainedModel,
  times: Float64Array,
  values: readonly Float64Array[],
  utcOffsetMinutes: number,
): Float64Array {
  const width = forest.dimensions;
  const rows = new Float32Array(times.length * width);
  for (let i = 0; i < times.length; i++) {
    const features = values.map((own) =>
      pointFeatures(null, times[i] as number, own[i] as number, utcOffsetMinutes),
    );
    rows.set(featureRow(features), i * width);
  }
  return times.length === 1 ? Float64Array.of(scoreRow(forest, rows)) : scoreForest(forest, rows);
}
