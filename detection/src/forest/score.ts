import { InputError } from '../errors.ts';
import type { ForestKernel } from '../kernel/path-lengths.ts';
import { wasmKernel } from '../kernel/wasm-kernel.ts';
import type { IsolationForest } from './isolation-forest.ts';
import { averagePathLength } from './path-length.ts';

/** Kernels of the forests that were scored with, for as long as the forests live. */
const kernels = new WeakMap<IsolationForest, ForestKernel>();

/**
 * How easily the forest isolates each row: 2^(-mean path length / expected path length), in (0, 1], higher
 * is stranger; 0.5 is what an average row of uniform data gets.
 *
 * - rows: row-major, `forest.dimensions` finite numbers each; none gives an empty answer
 * - as scikit-learn's `-score_samples`
 * - cost: about 5 ns per row and tree
 */
export function scoreForest(forest: IsolationForest, rows: Float32Array): Float64Array {
  if (rows.length % forest.dimensions !== 0)
    throw new InputError(
      `rows hold ${rows.length} numbers, not a multiple of ${forest.dimensions}`,
    );
  const sums = kernelOf(forest).pathLengths(rows);
  const scale = scaleOf(forest);
  for (let i = 0; i < sums.length; i++) sums[i] = Math.exp((sums[i] as number) * scale);
  return sums;
}

/** The score of one row, see `scoreForest`. */
export function scoreRow(forest: IsolationForest, row: Float32Array): number {
  if (row.length !== forest.dimensions)
    throw new InputError(`a row has ${row.length} numbers, wanted ${forest.dimensions}`);
  return Math.exp(kernelOf(forest).pathLength(row) * scaleOf(forest));
}

function kernelOf(forest: IsolationForest): ForestKernel {
  let kernel = kernels.get(forest);
  if (kernel === undefined) {
    kernel = wasmKernel(forest);
    kernels.set(forest, kernel);
  }
  return kernel;
}

/** What a sum of path lengths is multiplied with to be the natural logarithm of its score. */
function scaleOf({ treeCount, sampleSize }: IsolationForest): number {
  return -Math.LN2 / (treeCount * averagePathLength(sampleSize));
}
