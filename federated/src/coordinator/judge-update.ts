import { decodeWeights } from '../wire.ts';
import { distance, type Update } from './aggregate.ts';

/** Why an update has no part in a round. */
export const REFUSALS = {
  malformed: 'a field is missing or of the wrong type',
  not_selected: 'the client was not asked in this round',
  wrong_round: 'the round is over, or was never',
  already_sent: 'the client has sent its update of this round',
  wrong_shape: 'the weights are not those of this model',
  not_finite: 'a weight is no finite number',
  too_far: 'the weights are farther from the global ones than training goes',
  bad_count: 'a count is not in its range',
} as const;
export type Refusal = keyof typeof REFUSALS;

/** An update that may take part. */
export interface GoodUpdate extends Update {
  readonly clientId: string;
  readonly scoredCount: number;
  readonly anomalyCount: number;
  readonly loss: number;
}

export interface UpdateRules {
  readonly round: number;
  readonly globalWeights: Float64Array;
  /** Longest change, as a Euclidean length, that is still taken for training. */
  readonly maxNorm: number;
  /** A client must not own the average by saying that it has seen more than any device can. */
  readonly maxSamples: number;
}

export const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Reads an update and decides if it may take part, whoever sent it. Pure; never throws. */
export function judgeUpdate(input: unknown, rules: UpdateRules): GoodUpdate | Refusal {
  if (typeof input !== 'object' || input === null) return 'malformed';
  const { client_id, round, sample_count, scored_count, anomaly_count, loss, weights } =
    input as Record<string, unknown>;
  if (typeof client_id !== 'string' || !CLIENT_ID.test(client_id)) return 'malformed';
  if (typeof weights !== 'string' || typeof loss !== 'number') return 'malformed';
  if (round !== rules.round) return 'wrong_round';
  const isCounted =
    isCount(sample_count, 1, rules.maxSamples) &&
    isCount(scored_count, 0, Number.MAX_SAFE_INTEGER) &&
    isCount(anomaly_count, 0, scored_count as number);
  if (!isCounted || !Number.isFinite(loss) || loss < 0) return 'bad_count';
  const decoded = decodeWeights(weights, rules.globalWeights.length);
  if (decoded === 'shape') return 'wrong_shape';
  if (decoded === 'not_finite') return 'not_finite';
  // Not a number when it is too large to be squared.
  if (!(distance(decoded, rules.globalWeights) <= rules.maxNorm)) return 'too_far';
  return {
    clientId: client_id,
    weights: decoded,
    sampleCount: sample_count as number,
    scoredCount: scored_count as number,
    anomalyCount: anomaly_count as number,
    loss,
  };
}

function isCount(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && min <= (value as number) && (value as number) <= max;
}
