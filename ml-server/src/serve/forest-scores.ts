import {
  featureRow,
  pointFeatures,
  scoreForest,
  scoreRow,
  type TrainedModel,
} from '@plumbline/detection';

/** The row of a single reading: made anew it would cost a tenth of the score. */
let single = new Float32Array(0);

/**
 * What a forest says of readings as of devices never seen, one score each.
 *
 * - times: epoch milliseconds
 * - values: for each metric of the forest, in its order, one value a reading
 */
export function forestScores(
  { forest }: TrainedModel,
  times: readonly number[],
  values: readonly (readonly number[])[],
  utcOffsetMinutes: number,
): ArrayLike<number> {
  const width = forest.dimensions;
  const count = times.length;
  if (count === 1 && single.length !== width) single = new Float32Array(width);
  const rows = count === 1 ? single : new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const features = values.map((own) =>
      pointFeatures(null, times[i] as number, own[i] as number, utcOffsetMinutes),
    );
    const row = featureRow(features);
    for (let j = 0; j < width; j++) rows[i * width + j] = row[j] as number;
  }
  return count === 1 ? [scoreRow(forest, rows)] : scoreForest(forest, rows);
}
