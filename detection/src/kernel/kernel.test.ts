import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileKernel } from '../../scripts/compile-kernel.ts';
import { decodeBytes } from '../base64.ts';
import { fitForest, type IsolationForest } from '../forest/isolation-forest.ts';
import { scoreForest, scoreRow } from '../forest/score.ts';
import { seededRandom } from '../random.ts';
import { CUTS_WASM } from './cuts-wasm.ts';
import { FOREST_WASM } from './forest-wasm.ts';
import { type ForestKernel, javascriptKernel } from './path-lengths.ts';
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

// Of each way through the kernel: one to four shuffles a row, two and three levels of fans, splits of one
// feature in many lanes.
test.each([
  [1, 1, 2],
  [3, 7, 100],
  [4, 20, 9],
  [1, 60, 256],
  [7, 100, 256],
  [17, 30, 256],
  [50, 13, 256],
  [100, 5, 256],
  [5, 9, 1000],
  [20, 9, 300],
])(
  'both kernels give the same bits: %i dimensions, %i trees of %i',
  (dimensions, treeCount, sampleSize) => {
    const random = seededRandom(dimensions);
    const rows = Float32Array.from({ length: 1100 * dimensions }, () => 10 * random() - 5);
    const forest = fitForest(rows, dimensions, { treeCount, sampleSize });
    const wasm = wasmOf(forest);
    const sums = wasm.pathLengths(rows);
    expect(javascriptKernel(forest).pathLengths(rows)).toEqual(sums);
    for (const row of [0, 1, 1099])
      expect(wasm.pathLength(rows.subarray(row * dimensions, (row + 1) * dimensions))).toBe(
        sums[row],
      );
  },
);

test('both kernels agree on any floats: signs, sizes, infinities and the splits themselves', () => {
  const rows = Float32Array.from(
    { length: 400 },
    (_, i) => (i % 2 ? -1 : 1) * 2 ** ((i % 80) - 40),
  );
  const forest = fitForest(rows, 2, { treeCount: 20 });
  const wasm = wasmOf(forest);
  const javascript = javascriptKernel(forest);
  const float = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(...forest.splitValues));
  fc.assert(
    fc.property(float, float, (a, b) => {
      const row = Float32Array.of(a, b);
      expect(javascript.pathLength(row)).toBe(wasm.pathLength(row));
    }),
  );
});

test.each([
  ['next to each other', [1, 1 + 2 ** -23]],
  ['the least there are', [-(2 ** -149), 2 ** -149]],
  ['the greatest there are', [-3e38, 3e38]],
  ['a thousand near 0 and one far off', [...Array.from({ length: 999 }, (_, i) => i / 1e6), 1e9]],
])('both kernels agree where the values are %s', (_what, values) => {
  const rows = Float32Array.from({ length: 1000 }, (_, i) => values[i % values.length] as number);
  const forest = fitForest(rows, 1, { treeCount: 30 });
  expect(wasmOf(forest).pathLengths(rows)).toEqual(javascriptKernel(forest).pathLengths(rows));
});

test('trees with more splits of one feature than a byte tells apart are left to JavaScript', () => {
  const random = seededRandom(8);
  const rows = Float32Array.from({ length: 2000 }, () => random());
  const forest = fitForest(rows, 1, { treeCount: 3, sampleSize: 1000 });
  expect(wasmKernel(forest)).toBeNull();
  const scores = scoreForest(forest, rows);
  expect(scores[0]).toBe(scoreRow(forest, rows.subarray(0, 1)));
});

test('a score has the same bits alone and among others, before the forest has its kernel and after', () => {
  const random = seededRandom(9);
  const rows = Float32Array.from({ length: 3 * 2000 }, () => random());
  const forest = fitForest(rows, 3);
  const alone = () =>
    Array.from({ length: 20 }, (_, row) => scoreRow(forest, rows.subarray(3 * row, 3 * row + 3)));
  const before = alone();
  const together = scoreForest(forest, rows);
  expect([...together.subarray(0, 20)]).toEqual(before);
  expect(alone()).toEqual(before);
});

function wasmOf(forest: IsolationForest): ForestKernel {
  const kernel = wasmKernel(forest);
  if (kernel === null) throw new Error('no WebAssembly kernel for this forest');
  return kernel;
}
