/** What crosses the wire between devices and coordinator: weights and counts, and the mean error as a number. */

/** Answer to a client that asks what to do. */
export interface Task {
  /** The round that is open or, between rounds, the last. */
  readonly round: number;
  /** True: train from these weights and send the outcome before `deadline_ms` have passed. */
  readonly is_selected: boolean;
  /** Milliseconds left in the round; 0 between rounds. */
  readonly deadline_ms: number;
  readonly shape: readonly number[];
  /** The global weights, base64 of 64-bit floats, little endian. */
  readonly weights: string;
}

/** What a client sends after training. */
export interface UpdateMessage {
  readonly client_id: string;
  readonly round: number;
  /** Points that it trained on. */
  readonly sample_count: number;
  /** Points that it scored since its last update, and those of them above its own threshold. */
  readonly scored_count: number;
  readonly anomaly_count: number;
  /** Mean error of its points under the global weights that it was given. */
  readonly loss: number;
  readonly weights: string;
}

export function encodeWeights(weights: Float64Array): string {
  const bytes = Buffer.alloc(weights.length * 8);
  for (const [i, weight] of weights.entries()) bytes.writeDoubleLE(weight, i * 8);
  return bytes.toString('base64');
}

/** The weights, or why they are none: not base64 of `count` numbers, or not all finite. */
export function decodeWeights(text: string, count: number): Float64Array | 'shape' | 'not_finite' {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return 'shape';
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== count * 8) return 'shape';
  const weights = Float64Array.from({ length: count }, (_, i) => bytes.readDoubleLE(i * 8));
  return weights.every(Number.isFinite) ? weights : 'not_finite';
}
