import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.ts';

export interface Limits {
  /** Requests under way at once, probes aside; more are told to come again. */
  readonly maxInFlight: number;
  /** Of these, requests to `/detect/batch`, which cost a thousand times as much. */
  readonly maxBatchesInFlight: number;
}

/** The door of the server. */
export interface Gate {
  inFlight(): number;
  /** Requests turned away so far. */
  refusals(): Readonly<Record<'overloaded' | 'starting' | 'draining', number>>;
  isDraining(): boolean;
  /** From now on requests are refused and answers close their connection. */
  startDraining(): void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers whatever the load: for those who watch the server. */
    isProbe?: boolean;
    isBatch?: boolean;
  }
}

/** A request whose answer is out, or whose client is gone. */
export type Ended = (request: FastifyRequest, reply: FastifyReply, tookMs: number) => void;

/**
 * Turns requests away when there is enough to do: whoever is let in gets a quick answer.
 *
 * While `isStarting`, too: a reading judged before the past is known would hide it.
 *
 * A request counts until its answer is out or its client is gone; then `ended` hears of it, as of those that
 * were turned away and of probes. One listener for all that: hooks of Fastify would cost more than a score.
 */
export function installGate(
  app: FastifyInstance,
  limits: Limits,
  isStarting: () => boolean,
  elapsed: () => number,
  ended: Ended,
): Gate {
  const open = new Set<ServerResponse>();
  let batches = 0;
  /** Let in during this turn of the event loop. */
  let inTurn = 0;
  let isDraining = false;
  const refusals = { overloaded: 0, starting: 0, draining: 0 };
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = elapsed();
    const { isProbe = false, isBatch = false } = request.routeOptions.config;
    const refusal = isProbe ? null : refusalOf(isBatch);
    const isLetIn = !isProbe && refusal === null;
    const { raw } = reply;
    if (isLetIn) {
      open.add(raw);
      if (inTurn++ === 0) setImmediate(endTurn);
    }
    if (isLetIn && isBatch) batches++;
    if (isDraining) raw.shouldKeepAlive = false;
    // Of the response: a request's own 'close' comes as soon as its body is read.
    raw.once('close', () => {
      open.delete(raw);
      if (isLetIn && isBatch) batches--;
      ended(request, reply, elapsed() - startedMs);
    });
    if (refusal === null) return done();
    refusals[refusal]++;
    done(new RequestProblem(refusal));
  });
  return {
    inFlight: () => open.size,
    refusals: () => refusals,
    isDraining: () => isDraining,
    startDraining() {
      isDraining = true;
      for (const response of open) response.shouldKeepAlive = false;
    },
  };

  /** Runs when all that was ready has been looked at. */
  function endTurn(): void {
    inTurn = 0;
  }

  function refusalOf(isBatch: boolean): keyof typeof refusals | null {
    if (isDraining) return 'draining';
    if (isStarting()) return 'starting';
    // Requests that are ready in the same turn wait for each other, though each is answered before the next is
    // looked at: `open` alone would never see them together.
    const isFull =
      limits.maxInFlight <= Math.max(open.size, inTurn) ||
      (isBatch && limits.maxBatchesInFlight <= batches);
    return isFull ? 'overloaded' : null;
  }
}

/** Lets requests under way finish, refuses new ones, closes every connection. */
export async function drain(app: FastifyInstance, gate: Gate): Promise<void> {
  gate.startDraining();
  // Connections that turn idle after close() has begun would hold it for their keep-alive time (fastify#7044).
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
  }
}
