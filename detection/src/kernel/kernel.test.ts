import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileKernel } from '../../scripts/compile-kernel.ts';
import { decodeBytes } from '../base64.ts';
import { fitForest } from '../forest/isolation-forest.ts';
import { seededRandom } from '../random.ts';
import { CUTS_WASM } from './cuts-wasm.ts';
import { FOREST_WASM } from './forest-wasm.ts';
import { javascriptKernel } from './path-lengths.ts';
import { SHAPE_WASM } from './shape-wasm.ts';
import { wasmKernel } from './wasm-kernel.ts';

test.each([
  ['forest', FOREST_WASM],
  ['shape', SHAPE_WASM],
  ['cuts', CUTS_WASM],
] as const)(
  'the checked-in %s kernel is what the source compiles to (npm run build:kernel -w detection)',
  async (name, text) => {
    const checkedIn = new Uint8Array(decodeBytes(text, 1, 'kernel'));
    expect(checkedIn).toEqual(new Uint8Array(await compileKernel(name)));
  },
);

test.each([
  [1, 1, 2],
  [3, 7, 100],
  [7, 100, 256],
  [50, 13, 300],
  [2, 9, 1000],
  [4, 20, 9],
])(
  'both kernels give the same bits: %i dimensions, %i trees of %i',
  (dimensions, treeCount, sampleSize) => {
    const random = seededRandom(dimensions);
    const rows = Float32Array.from({ length: 1100 * dimensions }, () => 10 * random() - 5);
    const forest = fitForest(rows, dimensions, { treeCount, sampleSize });
    const wasm = wasmKernel(forest);
    const sums = wasm.pathLengths(rows);
    expect(javascriptKernel(forest).pathLengths(rows)).toEqual(sums);
    for (const row of [0, 1, 1099])
      expect(wasm.pathLength(rows.subarray(row * dimensions, (row + 1) * dimensions))).toBe(
        sums[row],
      );
  },
);

test('both kernels agree on any floats, signs and sizes', () => {
  const float = fc.float({ noNaN: true });
  const rows = Float32Array.from(
    { length: 400 },
    (_, i) => (i % 2 ? -1 : 1) * 2 ** ((i % 80) - 40),
  );
  const forest = fitForest(rows, 2, { treeCount: 20 });
  const wasm = wasmKernel(forest);
  const javascript = javascriptKernel(forest);
  fc.assert(
    fc.property(float, float, (a, b) => {
      const row = Float32Array.of(a, b);
      expect(javascript.pathLength(row)).toBe(wasm.pathLength(row));
    }),
  );
});
