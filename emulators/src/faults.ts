/** What every fault has; an emulator adds the kinds of its own API. */
export interface FaultOf<Kind extends string> {
  /** The method it befalls, in Google's words; each emulator says which it knows. */
  readonly method: string;
  /** Share of calls, (0, 1]; 1 by default. */
  readonly rate?: number;
  /** How many calls at most; no end by default. */
  readonly times?: number;
  /**
   * - latency: answers `latencyMs` later
   * - cut-before, cut-after: the connection breaks before the call has its effect, or after it
   */
  readonly kind: Kind | 'latency' | 'cut-before' | 'cut-after';
  readonly latencyMs?: number;
}

/** The connection breaks without an answer. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';
}

/** The faults that are asked for now, and the dice that decide whom they befall. */
export interface Faults<Fault> {
  /** Replaces the faults; none ends them. Throws on a number or a name that makes no sense. */
  set(faults: readonly Fault[]): void;
  /** How often each befell a call since the emulator started, by `METHOD KIND`. */
  counts(): Readonly<Record<string, number>>;
  /** The fault that befalls this call, if any; it counts as used. */
  draw(method: string): Fault | undefined;
  /** Does what is asked, or what befalls it; `befall` knows the kinds of the API's own. */
  around<Result>(
    method: string,
    effect: () => Result | Promise<Result>,
    befall: (fault: Fault) => Result | Promise<Result>,
  ): Promise<Result>;
}

/**
 * - random: [0, 1), asked once for each fault that names the method of a call
 * - methods: those that faults may befall; a fault that could never happen is refused
 * - check: throws if a fault of the API's own kinds lacks something
 */
export function createFaults<Fault extends FaultOf<string>>(
  random: () => number,
  methods: Iterable<string>,
  check: (fault: Fault) => void,
): Faults<Fault> {
  const known = new Set(methods);
  const counts: Record<string, number> = {};
  let wanted: { readonly fault: Fault; left: number }[] = [];

  function draw(method: string): Fault | undefined {
    const hit = wanted.find(
      ({ fault, left }) => fault.method === method && 0 < left && random() < (fault.rate ?? 1),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    const name = `${method} ${hit.fault.kind}`;
    counts[name] = (counts[name] ?? 0) + 1;
    return hit.fault;
  }

  return {
    counts: () => ({ ...counts }),
    draw,
    set(faults) {
      for (const fault of faults) {
        if (!known.has(fault.method)) {
          const all = Array.from(known).join(', ');
          throw new RangeError(`fault method "${fault.method}" is not one of ${all}`);
        }
        checkNumbers(fault);
        check(fault);
      }
      wanted = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
    },
    async around(method, effect, befall) {
      const fault = draw(method);
      switch (fault?.kind) {
        case undefined:
          return effect();
        case 'latency':
          await new Promise((resolve) => setTimeout(resolve, fault?.latencyMs));
          return effect();
        case 'cut-before':
          throw new ConnectionCut(`before the effect of ${method}`);
        case 'cut-after':
          await effect();
          throw new ConnectionCut(`after the effect of ${method}`);
        default:
          return befall(fault as Fault);
      }
    },
  };
}

function checkNumbers({ kind, rate = 1, times = 1, latencyMs }: FaultOf<string>): void {
  if (!(0 < rate && rate <= 1)) throw new RangeError(`fault rate ${rate} not in (0, 1]`);
  if (!(1 <= times)) throw new RangeError(`fault times ${times} is not at least 1`);
  if (kind === 'latency' && !(latencyMs !== undefined && 0 <= latencyMs)) {
    throw new RangeError(`fault latencyMs ${latencyMs} is not at least 0`);
  }
}
