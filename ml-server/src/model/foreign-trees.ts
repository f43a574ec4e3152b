import { type IsolationForest, loadForest, type SavedForest } from '@plumbline/detection';

/** A tree that another program grew. A row goes left when its feature is at most `split`, in 32 bits. */
export type ForeignTree =
  | { readonly rowCount: number }
  | {
      readonly feature: number;
      readonly split: number;
      readonly left: ForeignTree;
      readonly right: ForeignTree;
    };

const LEAF = 255;

/**
 * A forest of our own from trees that another program grew, with the same paths for every row.
 *
 * - sampleSize: rows that each tree was grown on, 2 to 4096
 * - a branch that no row of the sample reached is cut off
 *
 * @throws ModelError when the trees are deeper than such a sample allows, or do not hold it
 */
export function forestFromTrees(
  trees: readonly ForeignTree[],
  dimensions: number,
  sampleSize: number,
): IsolationForest {
  const features: number[] = [];
  const splits: number[] = [];
  const counts: number[] = [];
  for (const tree of trees) write(tree);
  const saved: SavedForest = {
    dimensions,
    treeCount: trees.length,
    sampleSize,
    features: Buffer.from(features).toString('base64'),
    splits: base64(Float32Array.from(splits)),
    counts: base64(Uint16Array.from(counts)),
  };
  return loadForest(saved);

  function write(grown: ForeignTree): void {
    const tree = withoutEmptyBranch(grown);
    if ('rowCount' in tree) {
      features.push(LEAF);
      counts.push(tree.rowCount);
      return;
    }
    features.push(tree.feature);
    splits.push(tree.split);
    write(tree.left);
    write(tree.right);
  }
}

/** The greatest 32-bit number that is not above a 64-bit one: `x <= value` is the same for every 32-bit x. */
export function floorToFloat32(value: number): number {
  const rounded = Math.fround(value);
  return rounded <= value ? rounded : float32Below(rounded);
}

/** The 32-bit number just below a finite one. */
export function float32Below(value: number): number {
  const cell = new Float32Array([Math.fround(value)]);
  const bits = new Int32Array(cell.buffer);
  if (cell[0] === 0) return -1.401298464324817e-45;
  bits[0] = (bits[0] as number) + (0 < (cell[0] as number) ? -1 : 1);
  return cell[0] as number;
}

function withoutEmptyBranch(tree: ForeignTree): ForeignTree {
  if ('rowCount' in tree) return tree;
  if (rowsOf(tree.left) === 0) return withoutEmptyBranch(tree.right);
  return rowsOf(tree.right) === 0 ? withoutEmptyBranch(tree.left) : tree;
}

function rowsOf(tree: ForeignTree): number {
  return 'rowCount' in tree ? tree.rowCount : rowsOf(tree.left) + rowsOf(tree.right);
}

function base64(numbers: Float32Array | Uint16Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');
}
