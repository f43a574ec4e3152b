import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createBackOff } from './back-off.ts';
import { sendProblem } from './problem.ts';

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

/** Told of each request whose answer is out, or whose client is gone. */
export type Ended = (request: UnderWay, tookMs: number) => void;

/** A request that is being answered. */
export interface UnderWay {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Of Fastify, asked once: it makes a new object each time. Without `url`, there is no such path. */
  readonly route: FastifyRequest['routeOptions'];
  readonly startedMs: number;
  readonly isLetIn: boolean;
  /** Where the gate keeps it. */
  readonly place: number;
}

/**
 * A response knows its request: a Map from one to the other makes a new table every few requests, to which the old one
 * points, so that, once the first is old, the collector of young garbage takes all that were ever in one for alive.
 */
const UNDER_WAY = Symbol('under way');
type Followed = ServerResponse & { [UNDER_WAY]?: UnderWay | undefined };

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
  const underWay: (UnderWay | null)[] = [];
  /** Places in `underWay` that are free. */
  const free: number[] = [];
  let letIn = 0;
  let batches = 0;
  /** Let in during this turn of the event loop. */
  let inTurn = 0;
  let isDraining = false;
  const refusals = { overloaded: 0, starting: 0, draining: 0 };
  const backOff = createBackOff(limits.maxInFlight / 2, elapsed);
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = elapsed();
    const route = request.routeOptions;
    const { isProbe = false, isBatch = false } = route.config;
    const refusal = isProbe ? null : refusalOf(isBatch);
    const isLetIn = !isProbe && refusal === null;
    const { raw } = reply;
    if (isLetIn) {
      letIn++;
      if (isBatch) batches++;
      if (inTurn++ === 0) setImmediate(endTurn);
    }
    if (isDraining) raw.shouldKeepAlive = false;
    const place = free.pop() ?? underWay.length;
    const one = { request, reply, route, startedMs, isLetIn, place };
    underWay[place] = one;
    (raw as Followed)[UNDER_WAY] = one;
    // Of the response: a request's own 'close' comes as soon as its body is read.
    raw.on('close', end);
    if (refusal === null) return done();
    refusals[refusal]++;
    if (refusal === 'overloaded') reply.header('retry-after', String(backOff()));
    // Not thrown: with the trace of an error, a refusal would cost half of an answer.
    sendProblem(request, reply, refusal);
  });
  return {
    inFlight: () => letIn,
    refusals: () => refusals,
    isDraining: () => isDraining,
    startDraining() {
      isDraining = true;
      for (const one of underWay) if (one !== null) one.reply.raw.shouldKeepAlive = false;
    },
  };

  /** The same function for all: a listener of its own for each request costs as much as a score. */
  function end(this: Followed): void {
    const one = this[UNDER_WAY];
    if (one === undefined) return;
    this[UNDER_WAY] = undefined;
    underWay[one.place] = null;
    free.push(one.place);
    if (one.isLetIn) {
      letIn--;
      if (one.route.config.isBatch) batches--;
    }
    ended(one, elapsed() - one.startedMs);
  }

  /** Runs when all that was ready has been looked at. */
  function endTurn(): void {
    inTurn = 0;
  }

  function refusalOf(isBatch: boolean): keyof typeof refusals | null {
    if (isDraining) return 'draining';
    if (isStarting()) return 'starting';
    // Requests that are ready in the same turn wait for each other, though each may be answered before the next
    // is looked at: `letIn` alone would never see them together.
    const isFull =
      limits.maxInFlight <= Math.max(letIn, inTurn) ||
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
