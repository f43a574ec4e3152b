import { readFileSync } from 'node:fs';
import { scoreRow } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { trainedModel } from '../../test/model-bucket.ts';
import { importForest } from './import-forest.ts';

/** 10 trees on 32 of 400 rows, written by sklearn/export_forest.py with scikit-learn 1.9 and its scores. */
const FILE = new URL('../../fixtures/sklearn-forest.json', import.meta.url);
const exported = () => JSON.parse(readFileSync(FILE, 'utf8'));

test('an imported forest scores as scikit-learn does', () => {
  const { bundle } = trainedModel(1);
  const model = importForest(bundle, exported()).models.find(({ metrics }) => metrics.length === 1);
  if (model === undefined) throw new Error('no model of one metric');
  const { check, threshold } = exported();
  expect(model.threshold).toBe(threshold);
  for (const { row, score } of check) {
    expect(scoreRow(model.forest, Float32Array.from(row))).toBeCloseTo(score, 8);
  }
});

test.each([
  [
    'a score that is not ours',
    (file: ReturnType<typeof exported>) => (file.check[0].score += 1e-3),
  ],
  [
    'a split that was changed',
    (file: ReturnType<typeof exported>) => (file.trees[0].threshold[0] += 5),
  ],
  [
    'a child that is not there',
    (file: ReturnType<typeof exported>) => (file.trees[0].left[0] = 999),
  ],
  [
    'a node that is its own child',
    (file: ReturnType<typeof exported>) => (file.trees[0].left[0] = 0),
  ],
  ['other features', (file: ReturnType<typeof exported>) => file.features.reverse()],
  ['a metric without model', (file: ReturnType<typeof exported>) => (file.metrics = ['sound'])],
  ['a surplus field', (file: ReturnType<typeof exported>) => (file.code = 'import os')],
])('an export with %s is refused', (_, damage) => {
  const file = exported();
  damage(file);
  expect(() => importForest(trainedModel(1).bundle, file)).toThrow(/./);
  expect(() => importForest(trainedModel(1).bundle, file)).not.toThrow(TypeError);
});
