import { describe, expect, test } from 'vitest';
import { rocAuc } from '../evaluation/roc-auc.ts';
import { seededRandom } from '../random.ts';
import { fitForest } from './isolation-forest.ts';
import { averagePathLength } from './path-length.ts';
import { loadForest, saveForest } from './saved-forest.ts';
import { scoreForest, scoreRow } from './score.ts';

/** A Gaussian cloud with a share of far-away rows; labels tell them apart. */
function cloud(rowCount: number, dimensions: number, seed: number, outlierShare = 0.03) {
  const random = seededRandom(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rows = new Float32Array(rowCount * dimensions);
  const labels = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    labels[row] = random() < outlierShare ? 1 : 0;
    for (let i = 0; i < dimensions; i++)
      rows[row * dimensions + i] = gauss() * (labels[row] ? 6 : 1);
  }
  return { rows, labels };
}

// Closed-form values of equation 1, as in scikit-learn's test_iforest.py.
test.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [5, 2 * (Math.log(4) + 0.5772156649015329) - 8 / 5],
  [999, 2 * (Math.log(998) + 0.5772156649015329) - (2 * 998) / 999],
])('the average path length of %i rows is that of the paper', (count, expected) => {
  expect(averagePathLength(count)).toBeCloseTo(expected, 12);
});

describe('an isolation forest', () => {
  test('ranks far-away rows above the cloud', () => {
    const { rows, labels } = cloud(5000, 7, 1);
    const scores = scoreForest(fitForest(rows, 7), rows);
    expect(rocAuc(scores, labels)).toBeGreaterThan(0.98);
  });

  test('gives ordinary rows less than 0.5, as the paper says', () => {
    const { rows } = cloud(2000, 3, 2, 0);
    const forest = fitForest(rows, 3);
    expect(scoreRow(forest, Float32Array.of(0, 0, 0))).toBeLessThan(0.45);
    expect(scoreRow(forest, Float32Array.of(9, -9, 9))).toBeGreaterThan(0.7);
  });

  test('is the same for the same seed and another for another seed', () => {
    const { rows } = cloud(1000, 4, 3);
    const first = scoreForest(fitForest(rows, 4, { seed: 7 }), rows);
    expect(scoreForest(fitForest(rows, 4, { seed: 7 }), rows)).toEqual(first);
    expect(scoreForest(fitForest(rows, 4, { seed: 8 }), rows)).not.toEqual(first);
  });

  test('comes back from JSON with the same scores', () => {
    const { rows } = cloud(3000, 5, 4);
    const forest = fitForest(rows, 5);
    const back = loadForest(JSON.parse(JSON.stringify(saveForest(forest))));
    expect(back).toEqual(forest);
    expect(scoreForest(back, rows)).toEqual(scoreForest(forest, rows));
  });

  test('is saved in less than 200 KB, without the rows', () => {
    const { rows } = cloud(3000, 7, 5);
    expect(JSON.stringify(saveForest(fitForest(rows, 7))).length).toBeLessThan(200_000);
  });

  test('scores rows that are all equal alike', () => {
    const rows = new Float32Array(300 * 2).fill(21.5);
    const forest = fitForest(rows, 2);
    const scores = scoreForest(forest, rows);
    expect(new Set(scores).size).toBe(1);
    expect(Number.isFinite(scores[0])).toBe(true);
  });

  test('never splits on a constant column', () => {
    const { rows } = cloud(500, 2, 6);
    for (let row = 0; row < 500; row++) rows[2 * row + 1] = 5;
    const forest = fitForest(rows, 2);
    const splits = forest.splitFeatures.filter((_, i) => forest.splitValues[i] !== Infinity);
    expect(splits.every((feature) => feature === 0)).toBe(true);
  });

  test.each([
    ['a NaN', () => fitForest(Float32Array.of(1, Number.NaN, 2, 3), 2), 'row 0, feature 1 is NaN'],
    ['ragged rows', () => fitForest(Float32Array.of(1, 2, 3), 2), 'not a multiple of 2'],
    ['one row', () => fitForest(Float32Array.of(1, 2), 2), 'at least 2 rows'],
    ['no dimensions', () => fitForest(Float32Array.of(1, 2), 0), 'dimensions 0'],
    [
      'a row of another width',
      () => scoreForest(fitForest(Float32Array.of(1, 2, 3, 4), 2), Float32Array.of(1)),
      'not a multiple of 2',
    ],
  ])('refuses %s and says why', (_what, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('a malformed saved forest is refused with the reason', () => {
  const forest = saveForest(fitForest(cloud(300, 2, 9).rows, 2, { treeCount: 3, sampleSize: 32 }));
  test.each([
    ['not an object', 7, 'forest is 7'],
    ['no base64', { ...forest, features: '***' }, 'forest.features is not base64'],
    ['cut short', { ...forest, features: forest.features.slice(0, 8) }, 'ends inside tree 0'],
    ['more trees than nodes', { ...forest, treeCount: 4 }, 'ends inside tree 3'],
    ['fewer trees than nodes', { ...forest, treeCount: 2 }, 'beyond its 2 trees'],
    ['another sample size', { ...forest, sampleSize: 31 }, 'rows, wanted 31'],
    ['narrower', { ...forest, dimensions: 1 }, 'splits on feature 1'],
    ['not finite', { ...forest, splits: forest.splits.replace(/^.{8}/, 'AADAfwAA') }, 'NaN'],
    ['half a number', { ...forest, splits: btoa('abc') }, 'not a multiple of 4'],
  ])('%s', (_what, saved, message) => {
    expect(() => loadForest(saved)).toThrow(message);
  });
});
