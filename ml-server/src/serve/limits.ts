import type { FastifyInstance } from 'fastify';
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

/**
 * Turns requests away when there is enough to do: whoever is let in gets a quick answer.
 *
 * While `isStarting`, too: a reading judged before the past is known would hide it.
 *
 * A request counts until its answer is out or its client is gone.
 */
export function installGate(app: FastifyInstance, limits: Limits, isStarting: () => boolean): Gate {
  let inFlight = 0;
  let batches = 0;
  let isDraining = false;
  const refusals = { overloaded: 0, starting: 0, draining: 0 };
  app.addHook('onRequest', (request, reply, done) => {
    const { isProbe, isBatch } = request.routeOptions.config;
    if (isProbe) return done();
    const refusal = refusalOf(isBatch);
    if (refusal !== null) {
      refusals[refusal]++;
      return done(new RequestProblem(refusal));
    }
    inFlight++;
    if (isBatch) batches++;
    // Of the response: a request's own 'close' comes as soon as its body is read.
    reply.raw.once('close', () => {
      inFlight--;
      if (isBatch) batches--;
    });
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
  return {
    inFlight: () => inFlight,
    refusals: () => refusals,
    isDraining: () => isDraining,
    startDraining() {
      isDraining = true;
    },
  };

  function refusalOf(isBatch = false): keyof typeof refusals | null {
    if (isDraining) return 'draining';
    if (isStarting()) return 'starting';
    const isFull =
      limits.maxInFlight <= inFlight || (isBatch && limits.maxBatchesInFlight <= batches);
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
