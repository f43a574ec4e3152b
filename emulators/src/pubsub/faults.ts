import { createFaults, type FaultOf, type Faults } from '../faults.ts';
import { CODES, type CodeName, StatusError } from './errors.ts';

/**
 * Something that goes wrong on purpose. Methods are RPCs, e.g. `Publish`; `StreamingPull` is each
 * response of a stream, `push` each push.
 *
 * - status: refuses with `status`, without effect
 * - partial-error: `Acknowledge` and `ModifyAckDeadline` leave every other ack id without effect, the
 *   first one included, and on a subscription with exactly-once delivery say so with `failure`
 * - duplicate: has its effect twice; a push is sent twice, a publish stored twice
 */
export interface Fault extends FaultOf<'status' | 'partial-error' | 'duplicate'> {
  readonly status?: CodeName;
  /**
   * What is said of an ack id, `PERMANENT_FAILURE_INVALID_ACK_ID` by default. Google's clients try
   * again after one that starts with `TRANSIENT_FAILURE_`.
   */
  readonly failure?: `${'PERMANENT' | 'TRANSIENT'}_FAILURE_${string}`;
}

export type PubSubFaults = Faults<Fault>;

/** The RPCs that can fail for a part of what they ask. */
const PARTIAL = new Set(['Acknowledge', 'ModifyAckDeadline']);
const FAILURE = /^(PERMANENT|TRANSIENT)_FAILURE_\w+$/;

/** `random` decides whom a fault with a rate befalls: [0, 1); `rpcs` are the names of all. */
export function pubSubFaults(random: () => number, rpcs: readonly string[]): PubSubFaults {
  return createFaults<Fault>(random, [...rpcs, 'push'], ({ method, kind, status, failure }) => {
    if (kind === 'status' && (status === undefined || !(status in CODES))) {
      throw new RangeError(`fault status ${status} is not one of ${Object.keys(CODES).join(', ')}`);
    }
    if (kind === 'partial-error' && !PARTIAL.has(method)) {
      const all = Array.from(PARTIAL).join(', ');
      throw new RangeError(`fault partial-error of "${method}" is not of one of ${all}`);
    }
    if (failure !== undefined && !FAILURE.test(failure)) {
      throw new RangeError(`fault failure "${failure}" does not match ${FAILURE.source}`);
    }
  });
}

/** Does what is asked, or what befalls it. `partly` does it for a part, where that is possible. */
export function around<Result>(
  faults: PubSubFaults,
  method: string,
  effect: () => Result | Promise<Result>,
  partly: (fault: Fault) => Promise<Result> = () => Promise.reject(new Error(`${method}: no part`)),
): Promise<Result> {
  return faults.around(method, effect, async (fault) => {
    if (fault.kind === 'status') throw askedFor(fault);
    if (fault.kind === 'partial-error') return partly(fault);
    await effect();
    return effect();
  });
}

/**
 * Lets every other ack id of the request have its effect. Then throws the error that names the
 * others, and those that the effect refused, if the subscription `isExactlyOnce`.
 */
export async function partlyAcknowledged(
  { failure = 'PERMANENT_FAILURE_INVALID_ACK_ID' }: Fault,
  ackIds: readonly string[],
  isExactlyOnce: boolean,
  effect: (ackIds: readonly string[]) => Promise<object>,
): Promise<object> {
  const failed = ackIds.filter((_, index) => index % 2 === 0).map((ackId) => [ackId, failure]);
  const others = ackIds.filter((_, index) => index % 2 === 1);
  const outcomes: Record<string, string> = Object.fromEntries(failed);
  if (0 < others.length) {
    await effect(others).catch((error) => {
      if (!(error instanceof StatusError) || error.errorInfo === undefined) throw error;
      Object.assign(outcomes, error.errorInfo);
    });
  }
  if (!isExactlyOnce) return {};
  throw new StatusError('INVALID_ARGUMENT', 'A fault that was asked for', outcomes);
}

/** The refusal that a fault of kind `status` asks for. */
export function askedFor({ status }: Fault): StatusError {
  return new StatusError(status as CodeName, 'A fault that was asked for');
}
