import type { IsolationForest } from '../forest/isolation-forest.ts';

/** A forest made ready for scoring. */
export interface ForestKernel {
  /** Sum over the trees of each row's path length; rows are row-major. */
  pathLengths(rows: Float32Array): Float64Array;
  /** The same for one row. */
  pathLength(row: Float32Array): number;
}

/**
 * Path lengths in plain JavaScript, the same bits as the WebAssembly kernel.
 *
 * A float becomes the integer that keeps its order, so that the comparison of two is integer arithmetic: of
 * `a < b` V8 makes a branch, and mispredicting it is most of the cost of a walk.
 */
export function javascriptKernel(forest: IsolationForest): ForestKernel {
  const { dimensions, treeCount, depth, splitFeatures, pathLengths } = forest;
  const slots = 1 << depth;
  const splits = orderedKeys(forest.splitValues);
  return { pathLengths: sumRows, pathLength };

  function pathLength(row: Float32Array): number {
    return sumRows(row)[0] as number;
  }

  function sumRows(rows: Float32Array): Float64Array {
    const keys = orderedKeys(rows);
    const rowCount = rows.length / dimensions;
    const sums = new Float64Array(rowCount);
    const whole = rowCount - (rowCount % 4);
    for (let tree = 0; tree < treeCount; tree++) {
      const base = tree * slots;
      let row = 0;
      // Four rows at once, so that the loads of one hide behind those of the others.
      for (; row < whole; row += 4) {
        const offset = row * dimensions;
        let a = 1;
        let b = 1;
        let c = 1;
        let d = 1;
        for (let level = 0; level < depth; level++) {
          a = step(keys, base, a, offset);
          b = step(keys, base, b, offset + dimensions);
          c = step(keys, base, c, offset + 2 * dimensions);
          d = step(keys, base, d, offset + 3 * dimensions);
        }
        const leaf = base - slots;
        sums[row] = (sums[row] as number) + (pathLengths[leaf + a] as number);
        sums[row + 1] = (sums[row + 1] as number) + (pathLengths[leaf + b] as number);
        sums[row + 2] = (sums[row + 2] as number) + (pathLengths[leaf + c] as number);
        sums[row + 3] = (sums[row + 3] as number) + (pathLengths[leaf + d] as number);
      }
      for (; row < rowCount; row++) {
        let a = 1;
        for (let level = 0; level < depth; level++) a = step(keys, base, a, row * dimensions);
        sums[row] = (sums[row] as number) + (pathLengths[base - slots + a] as number);
      }
    }
    return sums;
  }

  function step(keys: Int32Array, base: number, node: number, offset: number): number {
    const at = base + node;
    const split = splits[at] as number;
    const key = keys[offset + (splitFeatures[at] as number)] as number;
    // 1 when split < key, with no overflow: Warren, "Hacker's Delight", 2-12.
    const difference = (split - key) | 0;
    return 2 * node + ((difference ^ ((split ^ key) & (difference ^ split))) >>> 31);
  }
}

/** Integers in the order of the floats; -0 counts as 0. */
function orderedKeys(values: Float32Array): Int32Array {
  const positive = values.map((value) => value + 0);
  const keys = new Int32Array(positive.buffer);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i] as number;
    keys[i] = bits ^ ((bits >> 31) & 0x7fffffff);
  }
  return keys;
}
