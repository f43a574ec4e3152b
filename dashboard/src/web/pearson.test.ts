import { expect, test } from 'vitest';
import { pearson } from './pearson.ts';

// R 4.4: cor(c(1, 2, 3, 4, 5), c(2, 1, 4, 3, 5)) is 0.8
test.each([
  [[1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8],
  [[1, 2, 3], [10, 20, 30], 1],
  [[1, 2, 3], [3, 2, 1], -1],
])('correlation of %j and %j is %f', (a, b, expected) => {
  expect(pearson(a, b)).toBeCloseTo(expected, 12);
});

test.each([
  [
    [1, 2],
    [1, 2],
  ],
  [
    [1, 1, 1],
    [1, 2, 3],
  ],
  [[], []],
])('%j and %j have none', (a, b) => {
  expect(pearson(a, b)).toBeNull();
});
