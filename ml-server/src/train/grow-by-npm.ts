import { type GrowForest, InputError, seededRandom } from '@plumbline/detection';
import { IsolationForest } from 'isolation-forest';
import {
  type ForeignTree,
  float32Below,
  floorToFloat32,
  forestFromTrees,
} from '../model/foreign-trees.ts';

/**
 * Grows forests with the npm package `isolation-forest` 0.0.9.
 *
 * The package grows every tree on all rows whatever sample is asked for, cannot be seeded and cannot be saved.
 * So it is asked for one tree at a time, on a sample that we draw, while our seeded numbers stand in for
 * `Math.random`, and its trees are turned into a forest of ours.
 */
export const growByNpm: GrowForest = (
  rows,
  dimensions,
  { treeCount = 100, sampleSize = 256, seed = 42 } = {},
) => {
  const rowCount = rows.length / dimensions;
  if (!Number.isInteger(rowCount) || rowCount < 2) {
    throw new InputError(`rows hold ${rows.length} numbers, wanted at least 2 × ${dimensions}`);
  }
  const size = Math.min(sampleSize, rowCount);
  const random = seededRandom(seed);
  const names = Array.from({ length: dimensions }, (_, i) => `f${i}`);
  const order = Uint32Array.from({ length: rowCount }, (_, i) => i);
  const trees = Array.from({ length: treeCount }, (): ForeignTree => {
    const sample = draw(order, size, random).map((row) =>
      Object.fromEntries(names.map((name, i) => [name, rows[row * dimensions + i] as number])),
    );
    const [tree] = withRandom(random, () => new IsolationForest(1, size).fit(sample));
    if (tree === undefined) throw new Error('isolation-forest gave no tree');
    return toForeignTree(tree.getRootNode());
  });
  return forestFromTrees(trees, dimensions, size);
};

/** Draws without replacement: the first `size` of a partial Fisher–Yates shuffle. */
function draw(order: Uint32Array, size: number, random: () => number): number[] {
  for (let i = 0; i < size; i++) {
    const other = i + Math.floor(random() * (order.length - i));
    const swapped = order[i] as number;
    order[i] = order[other] as number;
    order[other] = swapped;
  }
  return [...order.subarray(0, size)];
}

function withRandom<Value>(random: () => number, act: () => Value): Value {
  const original = Math.random;
  Math.random = random;
  try {
    return act();
  } finally {
    Math.random = original;
  }
}

type NpmNode = ReturnType<ReturnType<IsolationForest['fit']>[number]['getRootNode']>;

/** The package sends a row left when it is below the split, we when it is at most the split. */
function toForeignTree(node: NpmNode): ForeignTree {
  if (node.isExternalNode()) return { rowCount: node.size() };
  const floor = floorToFloat32(node.splitValue);
  return {
    feature: Number(node.splitAttribute.slice(1)),
    split: floor === node.splitValue ? float32Below(floor) : floor,
    left: toForeignTree(node.leftChild),
    right: toForeignTree(node.rightChild),
  };
}
