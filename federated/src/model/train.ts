import { addGradient, createWorkspace, reconstructionError, type Shape } from './autoencoder.ts';

export interface Training {
  readonly epochs: number;
  /** Points a step; 32 if absent. */
  readonly batchSize?: number;
  /** 0.003 if absent. */
  readonly rate?: number;
  /** In [0, 1): orders the points of each epoch anew. */
  readonly random: () => number;
}

export interface Trained {
  readonly weights: Float64Array;
  /** Mean error over the last epoch, as it was before each step. */
  readonly loss: number;
}

/**
 * Weights after some epochs over the points; the given ones are unchanged. Without points they come back as they are.
 *
 * Source: Adam by Kingma and Ba (2015), algorithm 1, with its defaults but for the rate.
 */
export function train(
  shape: Shape,
  start: Float64Array,
  points: readonly ArrayLike<number>[],
  { epochs, batchSize = 32, rate = 0.003, random }: Training,
): Trained {
  const weights = Float64Array.from(start);
  if (points.length === 0) return { weights, loss: 0 };
  const workspace = createWorkspace(shape);
  const gradient = new Float64Array(weights.length);
  const mean = new Float64Array(weights.length);
  const square = new Float64Array(weights.length);
  const order = Array.from(points.keys());
  let step = 0;
  let loss = 0;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, random);
    loss = 0;
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.slice(from, from + batchSize);
      gradient.fill(0);
      for (const index of batch) {
        loss += addGradient(workspace, weights, points[index] as ArrayLike<number>, gradient);
      }
      step += 1;
      const meanScale = 1 / (1 - 0.9 ** step);
      const squareScale = 1 / (1 - 0.999 ** step);
      for (let i = 0; i < weights.length; i += 1) {
        const slope = (gradient[i] as number) / batch.length;
        const m = 0.9 * (mean[i] as number) + 0.1 * slope;
        const v = 0.999 * (square[i] as number) + 0.001 * slope * slope;
        mean[i] = m;
        square[i] = v;
        const move = (rate * m * meanScale) / (Math.sqrt(v * squareScale) + 1e-8);
        weights[i] = (weights[i] as number) - move;
      }
    }
    loss /= order.length;
  }
  return { weights, loss };
}

/** One step down the mean gradient of all points. The average of such steps is one step over all their points. */
export function gradientStep(
  shape: Shape,
  start: Float64Array,
  points: readonly ArrayLike<number>[],
  rate: number,
): Float64Array {
  const workspace = createWorkspace(shape);
  const gradient = new Float64Array(start.length);
  for (const point of points) addGradient(workspace, start, point, gradient);
  return start.map((weight, i) => weight - (rate * (gradient[i] as number)) / points.length);
}

/** Mean error of the points; 0 without any. */
export function meanError(
  shape: Shape,
  weights: Float64Array,
  points: readonly ArrayLike<number>[],
): number {
  if (points.length === 0) return 0;
  const workspace = createWorkspace(shape);
  let sum = 0;
  for (const point of points) sum += reconstructionError(workspace, weights, point);
  return sum / points.length;
}

function shuffle(order: number[], random: () => number): void {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
}
