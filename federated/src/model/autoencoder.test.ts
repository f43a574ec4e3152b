import { expect, test } from 'vitest';
import { aggregate } from '../coordinator/aggregate.ts';
import {
  addGradient,
  createWorkspace,
  initialWeights,
  reconstructionError,
  shapeFor,
  weightCount,
} from './autoencoder.ts';
import { gaussian, seededRandom } from './random.ts';
import { gradientStep, meanError, train } from './train.ts';

const random = seededRandom(7);
const shape = shapeFor(4);
const points = (count: number) =>
  Array.from({ length: count }, () => {
    const a = gaussian(random);
    const b = gaussian(random);
    return [a, b, a + b, a - b];
  });

test.each([
  [2, 101],
  [4, 135],
  [8, 203],
])('a network for %i inputs has %i weights', (inputs, weights) => {
  // (n + 1) 8 + 9 · 3 + 4 · 8 + 9 n, counted by hand.
  expect(weightCount(shapeFor(inputs))).toBe(weights);
});

test('the gradient is what central differences say', () => {
  const weights = initialWeights(shape, random).map((weight) => weight + 0.1 * gaussian(random));
  const workspace = createWorkspace(shape);
  for (const point of points(5)) {
    const gradient = new Float64Array(weights.length);
    addGradient(workspace, weights, point, gradient);
    for (const [i, weight] of weights.entries()) {
      const step = 1e-5;
      weights[i] = weight + step;
      const above = reconstructionError(workspace, weights, point);
      weights[i] = weight - step;
      const below = reconstructionError(workspace, weights, point);
      weights[i] = weight;
      expect(gradient[i]).toBeCloseTo((above - below) / (2 * step), 7);
    }
  }
});

test('training finds that four numbers are made of two', () => {
  const data = points(400);
  const start = initialWeights(shape, random);
  const { weights } = train(shape, start, data, { epochs: 60, random });
  expect(meanError(shape, weights, data)).toBeLessThan(0.1 * meanError(shape, start, data));
  const broken = data.map(([a = 0, b = 0, c = 0, d = 0]) => [a, b, -c, d]);
  expect(meanError(shape, weights, broken)).toBeGreaterThan(5 * meanError(shape, weights, data));
});

test('the weighted average of one full-batch step each is one step over all their points', () => {
  const start = initialWeights(shape, random);
  const [first, second] = [points(30), points(90)];
  const updates = [first, second].map((rows) => ({
    weights: gradientStep(shape, start, rows, 0.1),
    sampleCount: rows.length,
  }));
  const central = gradientStep(shape, start, [...first, ...second], 0.1);
  const average = aggregate(start, updates, { clipNorm: Number.POSITIVE_INFINITY });
  for (const [i, weight] of central.entries()) expect(average[i]).toBeCloseTo(weight, 14);
});
