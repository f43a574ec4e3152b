import { expect, test } from 'vitest';
import { rocAuc } from './roc-auc.ts';

// Expected values: scikit-learn's documentation of roc_auc_score, and the definition.
test.each([
  ['the documented example', [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75],
  ['perfect', [1, 2, 3, 4], [0, 0, 1, 1], 1],
  ['reversed', [4, 3, 2, 1], [0, 0, 1, 1], 0],
  ['all tied', [1, 1, 1, 1], [0, 1, 0, 1], 0.5],
])('%s', (_what, scores, labels, expected) => {
  expect(rocAuc(scores, labels)).toBe(expected);
});

test('labels of one kind are refused', () => {
  expect(() => rocAuc([1, 2], [0, 0])).toThrow('0 anomalies among 2 labels');
});
