import { BigQueryError, type Reason } from './errors.ts';

/** Something that goes wrong on purpose. */
export interface Fault {
  /** Google's name of the method it befalls, e.g. `bigquery.tabledata.insertAll`. */
  readonly method: string;
  /** Share of calls, (0, 1]; 1 by default. */
  readonly rate?: number;
  /** How many calls at most; no end by default. */
  readonly times?: number;
  /**
   * - latency: answers `latencyMs` later
   * - error: refuses with `reason`, without effect
   * - partial-error: insertAll only: refuses every other row, the first one included, with `stopped`
   * - cut-before, cut-after: the connection breaks before the call has its effect, or after it
   */
  readonly kind: 'latency' | 'error' | 'partial-error' | 'cut-before' | 'cut-after';
  readonly latencyMs?: number;
  readonly reason?: Reason;
}

/** The connection breaks without an answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

export interface Faults {
  /** Replaces the faults; none ends them. Throws on a rate outside (0, 1] and on a fault that lacks its value. */
  set(faults: readonly Fault[]): void;
  /** Does what is asked, or what befalls it. */
  around(
    method: string,
    body: object,
    effect: (body: object) => Promise<object | null> | object | null,
  ): Promise<object | null>;
}

export function rollFaults(random: () => number): Faults {
  let wanted: { fault: Fault; left: number }[] = [];

  function draw(method: string): Fault | undefined {
    const hit = wanted.find(
      ({ fault, left }) => fault.method === method && 0 < left && random() < (fault.rate ?? 1),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    return hit.fault;
  }

  return {
    set: (faults) => {
      for (const { rate = 1, kind, reason, latencyMs } of faults) {
        if (!(0 < rate && rate <= 1)) throw new Error(`fault rate ${rate} not in (0, 1]`);
        if (kind === 'error' && reason === undefined)
          throw new Error('a fault of kind error needs a reason');
        if (kind === 'latency' && !(latencyMs !== undefined && 0 <= latencyMs))
          throw new Error(`fault latencyMs ${latencyMs} is not at least 0`);
      }
      wanted = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
    },
    around: async (method, body, effect) => {
      const fault = draw(method);
      switch (fault?.kind) {
        case undefined:
          return effect(body);
        case 'latency':
          await new Promise((resolve) => setTimeout(resolve, fault.latencyMs));
          return effect(body);
        case 'error':
          throw new BigQueryError(fault.reason ?? 'backendError', `${fault.reason} on request`);
        case 'partial-error':
          return insertHalf(body, effect);
        case 'cut-before':
          throw new ConnectionCut(method);
        case 'cut-after':
          await effect(body);
          throw new ConnectionCut(method);
      }
    },
  };
}

/** Takes every other row of an insertAll, and says so of the rest. */
async function insertHalf(
  body: object,
  effect: (body: object) => Promise<object | null> | object | null,
): Promise<object | null> {
  const rows = (body as { rows?: unknown[] }).rows ?? [];
  const taken = rows.filter((_, index) => index % 2 === 1);
  const reply = 0 < taken.length ? await effect({ ...body, rows: taken }) : {};
  const error = { reason: 'stopped', location: '', debugInfo: '', message: '' };
  const insertErrors = rows.flatMap((_, index) =>
    index % 2 === 0 ? [{ index, errors: [error] }] : [],
  );
  return { ...reply, insertErrors };
}
