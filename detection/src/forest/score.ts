import { InputError } from '../errors.ts';
import { type ForestKernel, javascriptKernel } from '../kernel/path-lengths.ts';
import { wasmKernel } from '../kernel/wasm-kernel.ts';
import type { IsolationForest } from './isolation-forest.ts';
import { averagePathLength } from './path-length.ts';

/**
 * Rows after which a forest has paid for its WebAssembly kernel: making one takes some milliseconds, and it saves
 * a microsecond a row. So what only checks a model's golden vectors does not wait for it.
 */
const ROWS_BEFORE_KERNEL = 500;

interface Scorer {
  kernel: ForestKernel;
  /** To be scored before the kernel is changed. */
  rowsLeft: number;
  /** What a sum of path lengths is multiplied with to be the natural logarithm of its score. */
  readonly scale: number;
}

/** Of the forests that were scored with, for as long as the forests live. */
const scorers = new WeakMap<IsolationForest, Scorer>();

/**
 * How easily the forest isolates each row: 2^(-mean path length / expected path length), in (0, 1], higher
 * is stranger; 0.5 is what an average row of uniform data gets.
 *
 * - rows: row-major, `forest.dimensions` finite numbers each; none gives an empty answer
 * - as scikit-learn's `-score_samples`
 * - cost: about 2 ns per row and tree, once the forest has its kernel
 */
export function scoreForest(forest: IsolationForest, rows: Float32Array): Float64Array {
  if (rows.length % forest.dimensions !== 0)
    throw new InputError(
      `rows hold ${rows.length} numbers, not a multiple of ${forest.dimensions}`,
    );
  const { kernel, scale } = scorerFor(forest, rows.length / forest.dimensions);
  const sums = kernel.pathLengths(rows);
  for (let i = 0; i < sums.length; i++) sums[i] = Math.exp((sums[i] as number) * scale);
  return sums;
}

/** The score of one row, see `scoreForest`. */
export function scoreRow(forest: IsolationForest, row: Float32Array): number {
  if (row.length !== forest.dimensions)
    throw new InputError(`a row has ${row.length} numbers, wanted ${forest.dimensions}`);
  const { kernel, scale } = scorerFor(forest, 1);
  return Math.exp(kernel.pathLength(row) * scale);
}

/** What scores so many rows next: the same bits, whichever kernel it has. */
function scorerFor(forest: IsolationForest, rowCount: number): Scorer {
  let scorer = scorers.get(forest);
  if (scorer === undefined) {
    const { treeCount, sampleSize } = forest;
    const scale = -Math.LN2 / (treeCount * averagePathLength(sampleSize));
    scorer = { kernel: javascriptKernel(forest), rowsLeft: ROWS_BEFORE_KERNEL, scale };
    scorers.set(forest, scorer);
  }
  if (0 < scorer.rowsLeft) {
    scorer.rowsLeft -= rowCount;
    if (scorer.rowsLeft <= 0) scorer.kernel = wasmKernel(forest) ?? scorer.kernel;
  }
  return scorer;
}
