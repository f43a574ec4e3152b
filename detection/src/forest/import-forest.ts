import { ModelError } from '../errors.ts';
import { emptyForest, type IsolationForest, MAX_DIMENSIONS } from './isolation-forest.ts';
import { restLength } from './path-length.ts';

/**
 * A tree as scikit-learn holds it (`estimator.tree_`): one entry a node, the root first, children by index,
 * -1 for a leaf.
 */
export interface ImportedTree {
  readonly childrenLeft: readonly number[];
  readonly childrenRight: readonly number[];
  readonly feature: readonly number[];
  /** A row goes left when its number, as 32-bit float, is at most this. */
  readonly threshold: readonly number[];
  /** Rows of the sample that reached the node. */
  readonly nodeSamples: readonly number[];
}

/**
 * A forest grown elsewhere, whose scores it keeps within 1e-8.
 *
 * - dimensions: numbers in a row; sampleSize: rows that each tree was grown on (`max_samples_`)
 *
 * @throws ModelError that names the tree and what is wrong with it: deeper than ceil(log2(sampleSize)), a
 *   child out of range, a threshold that is not finite, a feature out of range
 */
export function importForest(
  trees: readonly ImportedTree[],
  dimensions: number,
  sampleSize: number,
): IsolationForest {
  if (trees.length === 0) throw new ModelError('a forest needs at least 1 tree');
  if (dimensions < 1 || MAX_DIMENSIONS < dimensions)
    throw new ModelError(`dimensions ${dimensions} not in [1, ${MAX_DIMENSIONS}]`);
  const forest = emptyForest(dimensions, trees.length, sampleSize);
  const slots = 1 << forest.depth;
  trees.forEach((tree, index) => {
    place(tree, index, 0, 1, 0);
  });
  return forest;

  function place(tree: ImportedTree, index: number, from: number, to: number, level: number): void {
    const where = `tree ${index} node ${from}`;
    const left = tree.childrenLeft[from];
    const right = tree.childrenRight[from];
    const count = tree.nodeSamples[from];
    if (left === undefined || right === undefined || count === undefined)
      throw new ModelError(`${where} does not exist`);
    if (left < 0) {
      const slot = index * slots + (to << (forest.depth - level)) - slots;
      forest.leafCounts[slot] = count;
      forest.pathLengths[slot] = level + restLength(count);
      return;
    }
    if (level === forest.depth) throw new ModelError(`${where} is deeper than ${forest.depth}`);
    const feature = tree.feature[from] as number;
    const threshold = tree.threshold[from] as number;
    if (!Number.isInteger(feature) || feature < 0 || dimensions <= feature)
      throw new ModelError(`${where} splits on feature ${feature}, wanted below ${dimensions}`);
    if (!Number.isFinite(threshold))
      throw new ModelError(`${where} splits at ${threshold}, wanted a finite number`);
    forest.splitFeatures[index * slots + to] = feature;
    forest.splitValues[index * slots + to] = floorToFloat(threshold);
    place(tree, index, left, 2 * to, level + 1);
    place(tree, index, right, 2 * to + 1, level + 1);
  }
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The greatest 32-bit float that is not above the value: no 32-bit float lies between the two. */
function floorToFloat(value: number): number {
  float[0] = value;
  if (value < (float[0] as number)) {
    if (float[0] === 0) bits[0] = -0x7fffffff;
    else bits[0] = (bits[0] as number) + ((float[0] as number) < 0 ? 1 : -1);
  }
  return float[0] as number;
}
