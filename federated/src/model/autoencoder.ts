import { gaussian } from './random.ts';

/** Widths of the layers, inputs first; the last is as wide as the first. */
export type Shape = readonly number[];

/** A narrow waist, so that only what usually goes together comes through: 150 to 500 weights for 2 to 10 inputs. */
export function shapeFor(inputs: number): Shape {
  return [inputs, 8, 3, 8, inputs];
}

export function weightCount(shape: Shape): number {
  let count = 0;
  for (let layer = 1; layer < shape.length; layer += 1) {
    count += (width(shape, layer - 1) + 1) * width(shape, layer);
  }
  return count;
}

/**
 * Random weights of the size that keeps signals from dying or growing; biases are 0.
 *
 * The weights of a model are one row of numbers: layer by layer, unit by unit, its inputs and then its bias.
 *
 * Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
 */
export function initialWeights(shape: Shape, random: () => number): Float64Array {
  const weights = new Float64Array(weightCount(shape));
  let at = 0;
  for (let layer = 1; layer < shape.length; layer += 1) {
    const inputs = width(shape, layer - 1);
    const deviation = Math.sqrt(2 / (inputs + width(shape, layer)));
    for (let unit = 0; unit < width(shape, layer); unit += 1) {
      for (let input = 0; input < inputs; input += 1) weights[at++] = deviation * gaussian(random);
      at += 1;
    }
  }
  return weights;
}

/** Room for the values of one point on its way through a network; made once and used again and again. */
export interface Workspace {
  readonly shape: Shape;
  /** Of each layer, inputs included. */
  readonly values: readonly Float64Array[];
  /** Change of the error with each unit's sum. */
  readonly deltas: readonly Float64Array[];
}

export function createWorkspace(shape: Shape): Workspace {
  return {
    shape,
    values: shape.map((units) => new Float64Array(units)),
    deltas: shape.map((units) => new Float64Array(units)),
  };
}

/**
 * Mean squared difference between a point and what comes out of the network, 0 or more.
 *
 * - point: scaled, of as many numbers as the shape has inputs
 * - hidden layers are tanh, the last is linear
 */
export function reconstructionError(
  { shape, values }: Workspace,
  weights: Float64Array,
  point: ArrayLike<number>,
): number {
  const input = values[0] as Float64Array;
  for (let i = 0; i < input.length; i += 1) input[i] = point[i] as number;
  let at = 0;
  for (let layer = 1; layer < shape.length; layer += 1) {
    const from = values[layer - 1] as Float64Array;
    const to = values[layer] as Float64Array;
    const isLast = layer === shape.length - 1;
    for (let unit = 0; unit < to.length; unit += 1) {
      let sum = 0;
      for (let i = 0; i < from.length; i += 1)
        sum += (weights[at++] as number) * (from[i] as number);
      sum += weights[at++] as number;
      to[unit] = isLast ? sum : Math.tanh(sum);
    }
  }
  const output = values[shape.length - 1] as Float64Array;
  let error = 0;
  for (let i = 0; i < output.length; i += 1) {
    error += ((output[i] as number) - (point[i] as number)) ** 2;
  }
  return error / output.length;
}

/**
 * Adds the gradient of a point's error to `gradient`, and returns the error.
 *
 * Exact: backpropagation, Rumelhart, Hinton and Williams (1986).
 */
export function addGradient(
  workspace: Workspace,
  weights: Float64Array,
  point: ArrayLike<number>,
  gradient: Float64Array,
): number {
  const { shape, values, deltas } = workspace;
  const error = reconstructionError(workspace, weights, point);
  const last = shape.length - 1;
  const output = values[last] as Float64Array;
  const outputDelta = deltas[last] as Float64Array;
  for (let i = 0; i < output.length; i += 1) {
    outputDelta[i] = (2 * ((output[i] as number) - (point[i] as number))) / output.length;
  }
  let end = weights.length;
  for (let layer = last; layer > 0; layer -= 1) {
    const from = values[layer - 1] as Float64Array;
    const delta = deltas[layer] as Float64Array;
    const before = deltas[layer - 1] as Float64Array;
    const start = end - (from.length + 1) * delta.length;
    before.fill(0);
    let at = start;
    for (let unit = 0; unit < delta.length; unit += 1) {
      const slope = delta[unit] as number;
      for (let i = 0; i < from.length; i += 1, at += 1) {
        before[i] = (before[i] as number) + slope * (weights[at] as number);
        gradient[at] = (gradient[at] as number) + slope * (from[i] as number);
      }
      gradient[at] = (gradient[at] as number) + slope;
      at += 1;
    }
    // The slope of tanh is 1 less the square of its value.
    for (let i = 0; i < before.length; i += 1) {
      before[i] = (before[i] as number) * (1 - (from[i] as number) ** 2);
    }
    end = start;
  }
  return error;
}

function width(shape: Shape, layer: number): number {
  return shape[layer] as number;
}
