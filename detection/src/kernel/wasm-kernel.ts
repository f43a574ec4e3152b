import { decodeBytes } from '../base64.ts';
import type { IsolationForest } from '../forest/isolation-forest.ts';
import { FOREST_WASM } from './forest-wasm.ts';
import type { ForestKernel } from './path-lengths.ts';

/** Rows that are walked through all trees together: they and their sums stay in the first-level cache. */
const BLOCK_ROWS = 512;
const PAGE_BYTES = 65_536;

interface KernelExports {
  addPathLengths(
    nodes: number,
    lengths: number,
    treeCount: number,
    depth: number,
    rows: number,
    stride: number,
    rowCount: number,
    sums: number,
  ): void;
  sumPathLengths(
    nodes: number,
    lengths: number,
    treeCount: number,
    depth: number,
    row: number,
  ): number;
}

/** What is used of the engine's WebAssembly; the standard library of ECMAScript does not describe it. */
interface Engine {
  readonly Module: new (bytes: ArrayBuffer) => object;
  readonly Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { exports: unknown };
}
const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

let compiled: object | undefined;

/** Path lengths in WebAssembly: the forest is copied into a memory of its own, about 0.4 MB for 100 × 256. */
export function wasmKernel(forest: IsolationForest): ForestKernel {
  compiled ??= new Module(decodeBytes(FOREST_WASM, 1, 'kernel'));
  const { dimensions, treeCount, depth, splitFeatures, splitValues, pathLengths } = forest;
  const stride = 4 * dimensions;
  const slotCount = treeCount << depth;
  const nodesAt = 0;
  const lengthsAt = 8 * slotCount;
  const sumsAt = lengthsAt + 8 * slotCount;
  const rowsAt = sumsAt + 8 * BLOCK_ROWS;
  const pages = Math.ceil((rowsAt + stride * BLOCK_ROWS) / PAGE_BYTES);
  const memory = new Memory({ initial: pages, maximum: pages });
  const offsets = new Int32Array(memory.buffer, nodesAt, 2 * slotCount);
  const splits = new Float32Array(memory.buffer, nodesAt, 2 * slotCount);
  for (let slot = 0; slot < slotCount; slot++) {
    offsets[2 * slot] = 4 * (splitFeatures[slot] as number);
    splits[2 * slot + 1] = splitValues[slot] as number;
  }
  new Float64Array(memory.buffer, lengthsAt, slotCount).set(pathLengths);
  const sums = new Float64Array(memory.buffer, sumsAt, BLOCK_ROWS);
  const rowsIn = new Float32Array(memory.buffer, rowsAt, dimensions * BLOCK_ROWS);
  const instance = new Instance(compiled, { env: { memory } });
  const kernel = instance.exports as KernelExports;
  return {
    pathLength(row) {
      rowsIn.set(row);
      return kernel.sumPathLengths(nodesAt, lengthsAt, treeCount, depth, rowsAt);
    },
    pathLengths(rows) {
      const rowCount = rows.length / dimensions;
      const all = new Float64Array(rowCount);
      for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
        const count = Math.min(BLOCK_ROWS, rowCount - first);
        rowsIn.set(rows.subarray(first * dimensions, (first + count) * dimensions));
        sums.fill(0, 0, count);
        kernel.addPathLengths(nodesAt, lengthsAt, treeCount, depth, rowsAt, stride, count, sumsAt);
        all.set(sums.subarray(0, count), first);
      }
      return all;
    },
  };
}
