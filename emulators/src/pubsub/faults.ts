import { createFaults, type FaultOf, type Faults } from '../faults.ts';
import { CODES, type CodeName, StatusError } from './errors.ts';

/**
 * Something that goes wrong on purpose. Methods are RPCs, e.g. `Publish`; `StreamingPull` is each
 * response of a stream, `push` each push.
 *
 * - status: refuses with `status`, without effect
 * - duplicate: has its effect twice; a push is sent twice, a publish stored twice
 */
export interface Fault extends FaultOf<'status' | 'duplicate'> {
  readonly status?: CodeName;
}

export type PubSubFaults = Faults<Fault>;

/** `random` decides whom a fault with a rate befalls: [0, 1); `rpcs` are the names of all. */
export function pubSubFaults(random: () => number, rpcs: readonly string[]): PubSubFaults {
  return createFaults<Fault>(random, [...rpcs, 'push'], ({ kind, status }) => {
    if (kind === 'status' && (status === undefined || !(status in CODES))) {
      throw new RangeError(`fault status ${status} is not one of ${Object.keys(CODES).join(', ')}`);
    }
  });
}

/** Does what is asked, or what befalls it. */
export function around<Result>(
  faults: PubSubFaults,
  method: string,
  effect: () => Result | Promise<Result>,
): Promise<Result> {
  return faults.around(method, effect, async (fault) => {
    if (fault.kind === 'status') throw askedFor(fault);
    await effect();
    return effect();
  });
}

/** The refusal that a fault of kind `status` asks for. */
export function askedFor({ status }: Fault): StatusError {
  return new StatusError(status as CodeName, 'A fault that was asked for');
}
