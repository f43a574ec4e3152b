import { gaussian } from '../model/random.ts';

export interface Update {
  readonly weights: Float64Array;
  /** Points that it was trained on, 1 or more. */
  readonly sampleCount: number;
}

export interface Aggregation {
  /** Longest that the change of one client may be, as a Euclidean length; longer ones are shortened to it. */
  readonly clipNorm: number;
  /** Noise for privacy; without it none is added. */
  readonly noise?: Noise;
}

export interface Noise {
  /** Deviation of the noise as a multiple of what one client can change the average by. */
  readonly multiplier: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * The next global weights: the start, moved by the mean of the clients' changes, weighted by their points.
 *
 * With noise all clients weigh the same, for how much one client can change the outcome must be known beforehand:
 * `clipNorm` divided by the number of clients.
 *
 * Source: FedAvg, McMahan et al. (2017), algorithm 1; DP-FedAvg, McMahan et al. (2018), section 2.2.
 */
export function aggregate(
  start: Float64Array,
  updates: readonly Update[],
  { clipNorm, noise }: Aggregation,
): Float64Array {
  if (updates.length === 0) throw new RangeError('no update to aggregate');
  const share = (update: Update) => (noise === undefined ? update.sampleCount : 1);
  const total = updates.reduce((sum, update) => sum + share(update), 0);
  const change = new Float64Array(start.length);
  for (const update of updates) {
    const norm = distance(update.weights, start);
    const factor = (share(update) / total) * (clipNorm < norm ? clipNorm / norm : 1);
    for (let i = 0; i < change.length; i += 1) {
      const moved = (update.weights[i] as number) - (start[i] as number);
      change[i] = (change[i] as number) + factor * moved;
    }
  }
  const deviation = noise === undefined ? 0 : (noise.multiplier * clipNorm) / updates.length;
  return start.map((weight, i) => {
    const added = noise === undefined ? 0 : deviation * gaussian(noise.random);
    return weight + (change[i] as number) + added;
  });
}

/** Euclidean. */
export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(sum);
}
