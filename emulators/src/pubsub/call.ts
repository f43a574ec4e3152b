import { StatusError } from './errors.ts';
import { around, type PubSubFaults, partlyAcknowledged } from './faults.ts';
import type { Method } from './methods.ts';
import type { Rpc } from './wire.ts';

/**
 * Runs a unary RPC, the same for gRPC and REST. Rejects with `StatusError`, or `ConnectionCut` if
 * the connection should break without an answer.
 */
export type Call = (rpc: Rpc, request: object, signal: AbortSignal) => Promise<object>;

interface Acknowledging {
  readonly subscription?: string;
  readonly ackIds?: readonly string[];
}

/**
 * - durable: resolves when what a call did is kept: no caller hears of it before
 * - isExactlyOnce: whether a subscription of this name tells the outcome of each ack id
 */
export function createCall(
  methods: Readonly<Record<string, Method>>,
  faults: PubSubFaults,
  durable: () => Promise<void>,
  isExactlyOnce: (subscription: string) => boolean,
): Call {
  return async (rpc, request, signal) => {
    const method = methods[rpc.name];
    if (method === undefined) {
      const name = rpc.path.slice(1);
      throw new StatusError('UNIMPLEMENTED', `${name} is not implemented by this emulator`);
    }
    const effect = async (asked: object) => {
      const response = await method(asked as never, signal);
      await durable();
      return response;
    };
    return around(
      faults,
      rpc.name,
      () => effect(request),
      (fault) => {
        const { subscription = '', ackIds = [] } = request as Acknowledging;
        return partlyAcknowledged(fault, ackIds, isExactlyOnce(subscription), (part) =>
          effect({ ...request, ackIds: part }),
        );
      },
    );
  };
}
