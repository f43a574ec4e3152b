import type { IsolationForest } from '../forest/isolation-forest.ts';
import { FOREST_WASM } from './forest-wasm.ts';
import type { ForestKernel } from './path-lengths.ts';
import { createMemory, instantiate } from './web-assembly.ts';

/** Rows that are walked through all trees together: they and their sums stay in the first-level cache. */
const BLOCK_ROWS = 512;
/** The block's rows are walked so many at a time; the rest of the last ones is whatever stood there before. */
const GROUP_ROWS = 8;
/** Fewer rows than these are faster one by one. */
const SINGLE_ROWS = 4;
/** A cache line more than a block, so that the features of one row do not compete for the same lines. */
const COLUMN_ROWS = BLOCK_ROWS + 16;
/** One distance between trees for all common sizes, which the kernel then knows beforehand. */
const LEAST_TREE_BYTES = 2048;

interface KernelExports {
  sumBlock(
    nodes: number,
    lengths: number,
    treeCount: number,
    treeBytes: number,
    depth: number,
    columns: number,
    rowCount: number,
    sums: number,
  ): void;
  sumRow(
    nodes: number,
    lengths: number,
    treeCount: number,
    treeBytes: number,
    depth: number,
    columns: number,
  ): number;
}

/** Path lengths in WebAssembly: the forest is copied into a memory of its own, about 0.4 MB for 100 × 256. */
export function wasmKernel(forest: IsolationForest): ForestKernel {
  const { dimensions, treeCount, depth, splitFeatures, splitValues, pathLengths } = forest;
  const slots = 1 << depth;
  const treeBytes = Math.max(LEAST_TREE_BYTES, 8 * slots);
  const nodesAt = 0;
  const lengthsAt = treeCount * treeBytes;
  const sumsAt = 2 * lengthsAt;
  const columnsAt = sumsAt + 8 * BLOCK_ROWS;
  const memory = createMemory(columnsAt + 4 * COLUMN_ROWS * dimensions);
  const places = new Int32Array(memory.buffer, nodesAt, lengthsAt >> 2);
  const splits = new Float32Array(memory.buffer, nodesAt, lengthsAt >> 2);
  const lengths = new Float64Array(memory.buffer, lengthsAt, lengthsAt >> 3);
  for (let tree = 0; tree < treeCount; tree++) {
    const to = (tree * treeBytes) >> 3;
    for (let node = 0; node < slots; node++) {
      const from = tree * slots + node;
      places[2 * (to + node)] = 4 * COLUMN_ROWS * (splitFeatures[from] as number);
      splits[2 * (to + node) + 1] = splitValues[from] as number;
      lengths[to + node] = pathLengths[from] as number;
    }
  }
  const sums = new Float64Array(memory.buffer, sumsAt, BLOCK_ROWS);
  const columns = new Float32Array(memory.buffer, columnsAt, COLUMN_ROWS * dimensions);
  const kernel = instantiate<KernelExports>(FOREST_WASM, memory);
  return { pathLength, pathLengths: sumRows };

  function pathLength(row: Float32Array, offset = 0): number {
    for (let i = 0; i < dimensions; i++) columns[i * COLUMN_ROWS] = row[offset + i] as number;
    return kernel.sumRow(nodesAt, lengthsAt, treeCount, treeBytes, depth, columnsAt);
  }

  function sumRows(rows: Float32Array): Float64Array {
    const rowCount = rows.length / dimensions;
    const all = new Float64Array(rowCount);
    if (rowCount < SINGLE_ROWS) return all.map((_, row) => pathLength(rows, row * dimensions));
    for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rowCount - first);
      for (let row = 0, from = first * dimensions; row < count; row++)
        for (let i = 0; i < dimensions; i++)
          columns[i * COLUMN_ROWS + row] = rows[from++] as number;
      const walked = Math.ceil(count / GROUP_ROWS) * GROUP_ROWS;
      kernel.sumBlock(nodesAt, lengthsAt, treeCount, treeBytes, depth, columnsAt, walked, sumsAt);
      all.set(sums.subarray(0, count), first);
    }
    return all;
  }
}
