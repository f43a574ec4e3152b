import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { type ImportedTree, importForest } from './import-forest.ts';
import { averagePathLength } from './path-length.ts';
import { loadForest, saveForest } from './saved-forest.ts';
import { scoreForest, scoreRow } from './score.ts';

// Two small trees in scikit-learn's layout; their scores below follow from its documentation by hand:
// 2^(-(mean of depth + c(rows of the leaf)) / c(max_samples)).
const trees: ImportedTree[] = [
  {
    childrenLeft: [1, -1, 3, -1, -1],
    childrenRight: [2, -1, 4, -1, -1],
    feature: [0, -2, 1, -2, -2],
    threshold: [0.5, -2, 0.1, -2, -2],
    nodeSamples: [8, 5, 3, 1, 2],
  },
  {
    childrenLeft: [1, -1, -1],
    childrenRight: [2, -1, -1],
    feature: [1, -2, -2],
    threshold: [0.3, -2, -2],
    nodeSamples: [8, 7, 1],
  },
];

test.each([
  [[0, 0], 1 + averagePathLength(5) + 1 + averagePathLength(7)],
  [[1, 0], 2 + 0 + 1 + averagePathLength(7)],
  [[1, 1], 2 + 1 + 1 + 0],
  [[0.5, 0.3], 1 + averagePathLength(5) + 1 + 0],
])('the row %o is scored as its paths say', (row, sum) => {
  const forest = importForest(trees, 2, 8);
  // 0.3 as a 32-bit float is above 0.3, so that row goes right in the second tree.
  expect(scoreRow(forest, Float32Array.from(row))).toBeCloseTo(
    2 ** (-sum / 2 / averagePathLength(8)),
    10,
  );
});

test('a 32-bit number takes the same side of an imported threshold as of the original', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
      fc.integer(),
      (threshold, step) => {
        const tree: ImportedTree = {
          childrenLeft: [1, -1, -1],
          childrenRight: [2, -1, -1],
          feature: [0, -2, -2],
          threshold: [threshold, -2, -2],
          nodeSamples: [4, 3, 1],
        };
        const forest = importForest([tree], 1, 4);
        const value = Math.fround(threshold * (1 + (step % 3) * 1e-8));
        const goesLeft = value <= threshold;
        const path = 1 + averagePathLength(goesLeft ? 3 : 1);
        expect(scoreRow(forest, Float32Array.of(value))).toBeCloseTo(
          2 ** (-path / averagePathLength(4)),
          10,
        );
      },
    ),
  );
});

test('a forest of random trees gets the scores of a walk over its nodes', () => {
  const random = seededRandom(5);
  const grown = Array.from({ length: 20 }, () => growTree(random));
  const forest = importForest(grown, 3, 64);
  for (let i = 0; i < 100; i++) {
    const row = Float32Array.from({ length: 3 }, () => random());
    const sum = grown.reduce((total, tree) => total + walk(tree, row), 0);
    const expected = 2 ** (-sum / grown.length / averagePathLength(64));
    expect(Math.abs(scoreRow(forest, row) - expected)).toBeLessThan(1e-8);
  }
});

interface Exported {
  readonly scikitLearn: string;
  readonly dimensions: number;
  readonly maxSamples: number;
  readonly trees: readonly ImportedTree[];
  readonly rows: readonly (readonly number[])[];
  readonly scores: readonly number[];
}

test("a forest of scikit-learn keeps scikit-learn's scores (fixtures/scikit-learn/make_forest.py)", () => {
  const file = new URL('../../fixtures/scikit-learn/forest.json', import.meta.url);
  const exported = JSON.parse(readFileSync(file, 'utf8')) as Exported;
  const forest = importForest(exported.trees, exported.dimensions, exported.maxSamples);
  const scores = scoreForest(forest, Float32Array.from(exported.rows.flat()));
  expect(scores).toHaveLength(75);
  exported.scores.forEach((theirs, i) => {
    expect(Math.abs((scores[i] as number) - theirs)).toBeLessThan(1e-8);
  });
  const reread = loadForest(JSON.parse(JSON.stringify(saveForest(forest))));
  expect(scoreForest(reread, Float32Array.from(exported.rows.flat()))).toEqual(scores);
});

test.each([
  ['too deep', [{ ...trees[0] }], 2, 'tree 0 node 2 is deeper than 1'],
  ['a feature too many', [{ ...trees[1], feature: [7, -2, -2] }], 8, 'splits on feature 7'],
  ['no threshold', [{ ...trees[1], threshold: [Number.NaN] }], 8, 'splits at NaN'],
  ['a missing child', [{ ...trees[1], childrenLeft: [9, -1, -1] }], 8, 'tree 0 node 9 does not'],
  ['no tree', [], 8, 'at least 1 tree'],
])('%s is refused', (_what, bad, sampleSize, message) => {
  expect(() => importForest(bad as ImportedTree[], 2, sampleSize)).toThrow(message);
});

function growTree(random: () => number): ImportedTree {
  const tree = {
    childrenLeft: [] as number[],
    childrenRight: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    nodeSamples: [] as number[],
  };
  const grow = (rows: number, level: number): number => {
    const node = tree.nodeSamples.push(rows) - 1;
    const left = Math.floor(random() * rows);
    const isLeaf = level === 6 || left === 0;
    tree.feature[node] = isLeaf ? -2 : Math.floor(3 * random());
    tree.threshold[node] = isLeaf ? -2 : random();
    tree.childrenLeft[node] = isLeaf ? -1 : grow(left, level + 1);
    tree.childrenRight[node] = isLeaf ? -1 : grow(rows - left, level + 1);
    return node;
  };
  grow(64, 0);
  return tree;
}

function walk(tree: ImportedTree, row: Float32Array): number {
  let node = 0;
  let depth = 0;
  while (0 <= (tree.childrenLeft[node] as number)) {
    const value = row[tree.feature[node] as number] as number;
    const isLeft = value <= (tree.threshold[node] as number);
    node = (isLeft ? tree.childrenLeft[node] : tree.childrenRight[node]) as number;
    depth++;
  }
  return depth + averagePathLength(tree.nodeSamples[node] as number);
}
