import type { IsolationForest } from '../forest/isolation-forest.ts';
import { makeBuckets } from './buckets.ts';
import { type Cut, cutTrees, listWays, rankBytes, writeTrees } from './fans.ts';
import { FOREST_WASM } from './forest-wasm.ts';
import { startImage } from './memory-image.ts';
import type { ForestKernel } from './path-lengths.ts';
import { rankSplits } from './split-ranks.ts';
import { groupTrees } from './tree-groups.ts';
import { instantiate, type SharedMemory } from './web-assembly.ts';

/** Rows that are walked through all trees together: they and their sums stay in the first-level cache. */
const BLOCK_ROWS = 256;
/** A block's ranks of one feature. */
const RANK_BYTES = 4 * BLOCK_ROWS;
/** What the kernel reads first, as 32-bit integers. */
const HEADER_BYTES = 64;

interface KernelExports {
  sumRows(rowCount: number): void;
  sumRowsOf2(rowCount: number): void;
  sumRowsOf3(rowCount: number): void;
  sumDeep(rowCount: number): void;
  sumAny(rowCount: number): void;
}

/**
 * Path lengths in WebAssembly: the forest is written into a memory of its own, about 0.4 MB for 100 × 256.
 *
 * Null when the forest's splits cannot be told apart by bytes: a tree has more than 255 different ones of one
 * number of a row, which only trees of more than 256 rows can have.
 */
export function wasmKernel(forest: IsolationForest): ForestKernel | null {
  const layout = layoutForest(forest);
  if (layout === null) return null;
  const { dimensions } = forest;
  const { memory, rowsAt, sumsAt, cut } = layout;
  const input = new Float32Array(memory.buffer, rowsAt, BLOCK_ROWS * dimensions);
  const sums = new Float64Array(memory.buffer, sumsAt, BLOCK_ROWS);
  const sumRows = chooseSum(instantiate<KernelExports>(FOREST_WASM, memory), cut);
  return {
    pathLength(row) {
      for (let i = 0; i < dimensions; i++) input[i] = row[i] as number;
      sumRows(1);
      return sums[0] as number;
    },
    pathLengths(rows) {
      const rowCount = rows.length / dimensions;
      const all = new Float64Array(rowCount);
      for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
        const count = Math.min(BLOCK_ROWS, rowCount - first);
        input.set(rows.subarray(first * dimensions, (first + count) * dimensions));
        sumRows(count);
        all.set(count < BLOCK_ROWS ? sums.subarray(0, count) : sums, first);
      }
      return all;
    },
  };
}

/** The kernel's function for rows of so many shuffles and trees of so many levels of fans. */
function chooseSum(kernel: KernelExports, { shuffles, widths }: Cut): (rowCount: number) => void {
  if (widths.length === 2) {
    if (shuffles === 1) return kernel.sumRows;
    if (shuffles === 2) return kernel.sumRowsOf2;
    if (shuffles === 3) return kernel.sumRowsOf3;
  }
  return shuffles === 1 && widths.length === 3 ? kernel.sumDeep : kernel.sumAny;
}

/** The forest as assembly/forest.ts reads it, with the addresses of a block of rows and of its sums. */
function layoutForest(
  forest: IsolationForest,
): { memory: SharedMemory; rowsAt: number; sumsAt: number; cut: Cut } | null {
  const { dimensions } = forest;
  const ranks = rankSplits(forest);
  const grouped = groupTrees(forest, ranks);
  if (grouped === null) return null;
  const { groups, laneOf } = grouped;
  const cut = cutTrees(forest);
  const image = startImage();
  image.place(listWays());
  const header = new Int32Array(HEADER_BYTES / 4);
  image.place(header);

  const searches: number[] = [];
  const scales: number[] = [];
  for (const splits of ranks.different) {
    const { least, scale, last, below, window } = makeBuckets(splits);
    const padded = new Float32Array(splits.length + window).fill(Number.POSITIVE_INFINITY);
    padded.set(splits);
    searches.push(image.place(padded), image.place(below), window);
    scales.push(least, scale, last);
  }
  const treesAt = image.reserve(forest.treeCount * cut.treeBytes);
  const ranksAt = image.reserve(RANK_BYTES * dimensions);
  const groupFields = groups.flatMap(({ firstTree, treeCount, lanes }) => [
    treeCount,
    treesAt + firstTree * cut.treeBytes,
    lanes.length,
    ...lanes.flatMap(({ feature, ownBelow }) => [
      ranksAt + feature * RANK_BYTES,
      image.place(rankBytes(ownBelow)),
    ]),
  ]);
  const rowsAt = image.reserve(4 * BLOCK_ROWS * dimensions);
  const sumsAt = image.reserve(8 * BLOCK_ROWS);
  header.set([
    dimensions,
    groups.length,
    cut.shuffles,
    cut.widths.length,
    cut.widths[1] as number,
    cut.treeBytes,
    RANK_BYTES,
    rowsAt,
    ranksAt,
    image.reserve(16 * BLOCK_ROWS * cut.shuffles),
    sumsAt,
    image.place(Int32Array.from(searches)),
    image.place(Float32Array.from(scales)),
    image.place(Int32Array.from(groupFields)),
  ]);
  const memory = image.build();
  const trees = new Uint8Array(memory.buffer, treesAt, forest.treeCount * cut.treeBytes);
  writeTrees(forest, ranks, groups, laneOf, cut, trees);
  return { memory, rowsAt, sumsAt, cut };
}
