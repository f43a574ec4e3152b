import { InputError } from '../errors.ts';
import type { IsolationForest } from './isolation-forest.ts';
import { averagePathLength } from './path-length.ts';

/**
 * How easily the forest isolates each row: 2^(-mean path length / expected path length), in (0, 1], higher
 * is stranger; 0.5 is what an average row of uniform data gets.
 *
 * - rows: row-major, `forest.dimensions` finite numbers each; none gives an empty answer
 * - as scikit-learn's `-score_samples`
 */
export function scoreForest(forest: IsolationForest, rows: Float32Array): Float64Array {
  const { dimensions } = forest;
  if (rows.length % dimensions !== 0)
    throw new InputError(`rows hold ${rows.length} numbers, not a multiple of ${dimensions}`);
  const scores = new Float64Array(rows.length / dimensions);
  addPathLengths(forest, rows, scores);
  const scale = -1 / (forest.treeCount * averagePathLength(forest.sampleSize));
  for (let row = 0; row < scores.length; row++)
    scores[row] = 2 ** ((scores[row] as number) * scale);
  return scores;
}

/** The score of one row, see `scoreForest`. */
export function scoreRow(forest: IsolationForest, row: Float32Array): number {
  return scoreForest(forest, row)[0] as number;
}

function addPathLengths(forest: IsolationForest, rows: Float32Array, sums: Float64Array): void {
  const { dimensions, depth, treeCount, splitFeatures, splitValues, pathLengths } = forest;
  const slots = 1 << depth;
  for (let tree = 0; tree < treeCount; tree++) {
    const base = tree * slots;
    for (let row = 0; row < sums.length; row++) {
      const offset = row * dimensions;
      let node = 1;
      for (let level = 0; level < depth; level++) {
        const value = rows[offset + (splitFeatures[base + node] as number)] as number;
        node = 2 * node + ((splitValues[base + node] as number) < value ? 1 : 0);
      }
      sums[row] = (sums[row] as number) + (pathLengths[base + node - slots] as number);
    }
  }
}
