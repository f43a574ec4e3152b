import { InputError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { restLength } from './path-length.ts';

/**
 * A fitted Isolation Forest as flat arrays. Each tree is an implicit heap: node i has the children 2i and
 * 2i + 1, the root is 1, and every path has `depth` steps. A branch that ends early goes left through
 * infinite split values to the left-most slot below it.
 */
export interface IsolationForest {
  /** Numbers in a row, 1 to 254. */
  readonly dimensions: number;
  readonly treeCount: number;
  /** Rows that each tree was grown on. */
  readonly sampleSize: number;
  /** Longest path: ceil(log2(sampleSize)), at least 1. */
  readonly depth: number;
  /** treeCount × 2^depth: which number of the row a node looks at. */
  readonly splitFeatures: Uint8Array;
  /** treeCount × 2^depth: a row goes right when its number is greater. Infinity: always left. */
  readonly splitValues: Float32Array;
  /** treeCount × 2^depth: rows of the sample that ended in a slot, 0 where no path ends. */
  readonly leafCounts: Uint16Array;
  /** treeCount × 2^depth: depth of the leaf plus the average path length of its rows. */
  readonly pathLengths: Float64Array;
}

export interface ForestOptions {
  readonly treeCount?: number;
  readonly sampleSize?: number;
  readonly seed?: number;
}

export const MAX_DIMENSIONS = 254;
const MAX_SAMPLE_SIZE = 4096;

/**
 * Grows a forest on rows, each tree on its own sample drawn without replacement.
 *
 * - rows: row-major, `dimensions` numbers each, finite; at least 2 rows
 * - same rows, options and seed: the same forest, bit for bit
 * - a constant column is never split on; rows that are all equal give a forest that scores every row 0.5
 *   or the value of an unsplit leaf
 * - cost: independent of the number of rows, but for one index each
 *
 * Source: Liu, Ting, Zhou (2008) with scikit-learn's choices: a feature drawn among those that vary in the
 * node, a split drawn uniformly between their least and greatest value, depth at most ceil(log2(sample)).
 */
export function fitForest(
  rows: Float32Array,
  dimensions: number,
  { treeCount = 100, sampleSize = 256, seed = 42 }: ForestOptions = {},
): IsolationForest {
  checkShape(rows, dimensions, treeCount, sampleSize);
  const rowCount = rows.length / dimensions;
  const size = Math.min(sampleSize, rowCount);
  const forest = emptyForest(dimensions, treeCount, size);
  const { depth, splitFeatures, splitValues, leafCounts, pathLengths } = forest;
  const slots = 1 << depth;
  const random = seededRandom(seed);

  const order = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) order[row] = row;
  const columns = new Float32Array(dimensions * size);
  const members = new Int32Array(size);
  const untried = new Int32Array(dimensions);
  const restLengths = Float64Array.from({ length: size + 1 }, (_, count) => restLength(count));
  // Nodes still to grow: their heap index, range of `members` and level. Depth first, so one a level.
  const stackSize = depth + 2;
  const nodes = new Int32Array(stackSize);
  const starts = new Int32Array(stackSize);
  const ends = new Int32Array(stackSize);
  const levels = new Int32Array(stackSize);

  for (let tree = 0; tree < treeCount; tree++) {
    drawSample();
    const base = tree * slots;
    nodes[0] = 1;
    starts[0] = 0;
    ends[0] = size;
    levels[0] = 0;
    let waiting = 1;
    while (0 < waiting) {
      waiting--;
      const node = nodes[waiting] as number;
      const start = starts[waiting] as number;
      const end = ends[waiting] as number;
      const level = levels[waiting] as number;
      let feature = -1;
      let least = 0;
      let greatest = 0;
      if (level < depth && 1 < end - start) {
        for (let i = 0; i < dimensions; i++) untried[i] = i;
        for (let left = dimensions; 0 < left; left--) {
          const pick = (random() * left) | 0;
          const candidate = untried[pick] as number;
          untried[pick] = untried[left - 1] as number;
          const column = candidate * size;
          least = greatest = columns[column + (members[start] as number)] as number;
          for (let i = start + 1; i < end; i++) {
            const value = columns[column + (members[i] as number)] as number;
            if (value < least) least = value;
            else if (greatest < value) greatest = value;
          }
          if (least < greatest) {
            feature = candidate;
            break;
          }
        }
      }
      if (feature < 0) {
        const slot = base + (node << (depth - level)) - slots;
        leafCounts[slot] = end - start;
        pathLengths[slot] = level + (restLengths[end - start] as number);
        continue;
      }
      let split = Math.fround(least + random() * (greatest - least));
      if (!(split < greatest)) split = least;
      splitFeatures[base + node] = feature;
      splitValues[base + node] = split;
      const column = feature * size;
      let low = start;
      let high = end - 1;
      while (low <= high) {
        const member = members[low] as number;
        if ((columns[column + member] as number) <= split) low++;
        else {
          members[low] = members[high] as number;
          members[high] = member;
          high--;
        }
      }
      nodes[waiting] = 2 * node + 1;
      starts[waiting] = low;
      ends[waiting] = end;
      levels[waiting] = level + 1;
      waiting++;
      nodes[waiting] = 2 * node;
      starts[waiting] = start;
      ends[waiting] = low;
      levels[waiting] = level + 1;
      waiting++;
    }
  }
  return forest;

  /** Puts a sample drawn without replacement into `columns`, one feature after the other. */
  function drawSample(): void {
    for (let i = 0; i < size; i++) {
      const pick = i + ((random() * (rowCount - i)) | 0);
      const row = order[pick] as number;
      order[pick] = order[i] as number;
      order[i] = row;
      const offset = row * dimensions;
      for (let feature = 0; feature < dimensions; feature++)
        columns[feature * size + i] = rows[offset + feature] as number;
      members[i] = i;
    }
  }
}

/** A forest whose every slot is unreached, for `fitForest` and the reader of saved forests to fill. */
export function emptyForest(
  dimensions: number,
  treeCount: number,
  sampleSize: number,
): IsolationForest {
  const depth = Math.max(1, Math.ceil(Math.log2(sampleSize)));
  const length = treeCount << depth;
  return {
    dimensions,
    treeCount,
    sampleSize,
    depth,
    splitFeatures: new Uint8Array(length),
    splitValues: new Float32Array(length).fill(Number.POSITIVE_INFINITY),
    leafCounts: new Uint16Array(length),
    pathLengths: new Float64Array(length),
  };
}

function checkShape(
  rows: Float32Array,
  dimensions: number,
  treeCount: number,
  sampleSize: number,
): void {
  checkInteger('dimensions', dimensions, 1, MAX_DIMENSIONS);
  checkInteger('treeCount', treeCount, 1, 10_000);
  checkInteger('sampleSize', sampleSize, 2, MAX_SAMPLE_SIZE);
  if (rows.length % dimensions !== 0)
    throw new InputError(`rows hold ${rows.length} numbers, not a multiple of ${dimensions}`);
  if (rows.length < 2 * dimensions)
    throw new InputError(`a forest needs at least 2 rows, got ${rows.length / dimensions}`);
  // Zero times a number that is not finite is NaN and stays it; four sums, as each waits for its last addition.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = rows.length - (rows.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += 0 * (rows[i] as number);
    b += 0 * (rows[i + 1] as number);
    c += 0 * (rows[i + 2] as number);
    d += 0 * (rows[i + 3] as number);
  }
  for (let i = whole; i < rows.length; i++) a += 0 * (rows[i] as number);
  if (a + b + c + d === 0) return;
  const at = rows.findIndex((value) => !Number.isFinite(value));
  throw new InputError(
    `row ${Math.floor(at / dimensions)}, feature ${at % dimensions} is ${rows[at]}, wanted a finite number of 32 bits`,
  );
}

function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || most < value)
    throw new InputError(`${what} ${value} not an integer in [${least}, ${most}]`);
}
