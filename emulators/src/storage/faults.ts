import { StorageError } from './errors.ts';

/** Something that goes wrong on purpose. */
export interface StorageFault {
  /** Google's name of the method it befalls, e.g. `storage.objects.insert`. */
  readonly method: string;
  /** Share of calls, (0, 1]; 1 by default. */
  readonly rate?: number;
  /** How many calls at most; no end by default. */
  readonly times?: number;
  /**
   * - latency: answers `latencyMs` later
   * - status: refuses with `status`, without effect
   * - cut-before, cut-after: the connection breaks before the call has its effect, or after it
   */
  readonly kind: 'latency' | 'status' | 'cut-before' | 'cut-after';
  readonly latencyMs?: number;
  /** 429 or a 5xx. */
  readonly status?: number;
}

/** The connection breaks without an answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

export interface Faults {
  /** Replaces the faults; none ends them. Throws RangeError on a number that makes no sense. */
  set(faults: readonly StorageFault[]): void;
  /** Does what was asked, or what befalls it. */
  around<Result>(method: string, effect: () => Promise<Result>): Promise<Result>;
}

/** `random` decides whom a fault with a rate befalls: [0, 1). */
export function createFaults(random: () => number): Faults {
  let wanted: { readonly fault: StorageFault; left: number }[] = [];
  return {
    set(faults) {
      for (const fault of faults) check(fault);
      wanted = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
    },
    async around(method, effect) {
      const fault = draw(method);
      switch (fault?.kind) {
        case undefined:
          return effect();
        case 'latency':
          await new Promise((resolve) => setTimeout(resolve, fault.latencyMs));
          return effect();
        case 'status': {
          const status = fault.status ?? 503;
          const reason = status === 429 ? 'rateLimitExceeded' : 'backendError';
          throw new StorageError(status, reason, 'A fault that was asked for');
        }
        case 'cut-before':
          throw new ConnectionCut();
        case 'cut-after':
          await effect();
          throw new ConnectionCut();
      }
    },
  };

  function draw(method: string): StorageFault | undefined {
    const hit = wanted.find(
      ({ fault, left }) => fault.method === method && 0 < left && random() < (fault.rate ?? 1),
    );
    if (hit) hit.left -= 1;
    return hit?.fault;
  }
}

function check({ kind, rate = 1, latencyMs = -1, status = 503 }: StorageFault): void {
  if (!(0 < rate && rate <= 1)) throw new RangeError(`fault rate ${rate} not in (0, 1]`);
  if (kind === 'latency' && !(0 <= latencyMs)) {
    throw new RangeError(`fault latencyMs ${latencyMs} is not at least 0`);
  }
  if (kind === 'status' && status !== 429 && !(500 <= status && status <= 599)) {
    throw new RangeError(`fault status ${status} is neither 429 nor 5xx`);
  }
}
