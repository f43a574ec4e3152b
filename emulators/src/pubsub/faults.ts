import { CODES, type CodeName, StatusError } from './errors.ts';

/** Something that goes wrong on purpose. */
export interface Fault {
  /** The RPC it befalls, e.g. `Publish`; `StreamingPull` each of its responses; `push` each push. */
  readonly method: string;
  /** Share of calls, (0, 1]; 1 by default. */
  readonly rate?: number;
  /** How many calls at most; no end by default. */
  readonly times?: number;
  /**
   * - latency: answers `latencyMs` later
   * - status: refuses with `status`, without effect
   * - cut-before, cut-after: the connection breaks before the call has its effect, or after it
   * - duplicate: has its effect twice; a push is sent twice, a publish stored twice
   */
  readonly kind: 'latency' | 'status' | 'cut-before' | 'cut-after' | 'duplicate';
  readonly latencyMs?: number;
  readonly status?: CodeName;
}

/** The connection breaks without an answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

/** The faults that are asked for now, and the dice that decide whom they befall. */
export class Faults {
  readonly #random: () => number;
  #wanted: { fault: Fault; left: number }[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Replaces the faults; none ends them. Throws on a rate or status that does not exist. */
  set(faults: readonly Fault[]): void {
    for (const { rate = 1, kind, status, latencyMs } of faults) {
      if (!(0 < rate && rate <= 1)) throw new Error(`fault rate ${rate} not in (0, 1]`);
      if (kind === 'status' && (status === undefined || !(status in CODES))) {
        throw new Error(`fault status ${status} is not one of ${Object.keys(CODES).join(', ')}`);
      }
      if (kind === 'latency' && !(latencyMs !== undefined && 0 <= latencyMs)) {
        throw new Error(`fault latencyMs ${latencyMs} is not at least 0`);
      }
    }
    this.#wanted = faults.map((fault) => ({
      fault,
      left: fault.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  /** Does what is asked, or what befalls it. */
  async around<Result>(method: string, effect: () => Result | Promise<Result>): Promise<Result> {
    const fault = this.draw(method);
    switch (fault?.kind) {
      case undefined:
        return effect();
      case 'latency':
        await new Promise((resolve) => setTimeout(resolve, fault.latencyMs));
        return effect();
      case 'status':
        throw askedFor(fault);
      case 'cut-before':
        throw new ConnectionCut('before the effect');
      case 'cut-after':
        await effect();
        throw new ConnectionCut('after the effect');
      case 'duplicate':
        await effect();
        return effect();
    }
  }

  /** The fault that befalls this call, if any. */
  draw(method: string): Fault | undefined {
    for (const wanted of this.#wanted) {
      const isDue = wanted.fault.method === method && 0 < wanted.left;
      if (isDue && this.#random() < (wanted.fault.rate ?? 1)) {
        wanted.left -= 1;
        return wanted.fault;
      }
    }
    return undefined;
  }
}

/** The refusal that a fault of kind `status` asks for. */
export function askedFor({ status }: Fault): StatusError {
  return new StatusError(status as CodeName, 'A fault that was asked for');
}
