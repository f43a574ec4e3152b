import { StatusError } from './errors.ts';
import { around, type PubSubFaults } from './faults.ts';
import type { Method } from './methods.ts';
import type { Rpc } from './wire.ts';

/**
 * Runs a unary RPC, the same for gRPC and REST. Rejects with `StatusError`, or `ConnectionCut` if
 * the connection should break without an answer.
 */
export type Call = (rpc: Rpc, request: object, signal: AbortSignal) => Promise<object>;

/** `durable` resolves when what a call did is kept: no caller hears of it before. */
export function createCall(
  methods: Readonly<Record<string, Method>>,
  faults: PubSubFaults,
  durable: () => Promise<void>,
): Call {
  return async (rpc, request, signal) => {
    const method = methods[rpc.name];
    if (method === undefined) {
      const name = rpc.path.slice(1);
      throw new StatusError('UNIMPLEMENTED', `${name} is not implemented by this emulator`);
    }
    return around(faults, rpc.name, async () => {
      const response = await method(request as never, signal);
      await durable();
      return response;
    });
  };
}
