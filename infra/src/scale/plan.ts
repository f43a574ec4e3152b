import { type Design, SWITCHES, type Switch, usdOf } from './design.ts';
import { LIMITS, type Limit, share } from './limits.ts';

/** A switch that is flipped, and why. */
export interface Step {
  readonly flip: Switch;
  /** The limit that breaks without it; undefined if it is flipped to save money. */
  readonly limit: Limit | undefined;
  readonly before: Design;
  readonly after: Design;
}

export interface Plan {
  readonly asDeployed: Design;
  readonly steps: readonly Step[];
  readonly grown: Design;
  /** Limits that no switch of ours keeps. */
  readonly open: readonly Limit[];
}

/** A switch that saves less is not worth the work: a share of the bill, and US$ a month. */
const WORTH = { share: 0.05, usd: 100 };

/**
 * From what is deployed, with devices that publish each reading alone, to what carries the load: the limit that is
 * exceeded most names the switch that is flipped next; when none is exceeded, what saves most.
 */
export function plan(devices: number, intervalSeconds: number): Plan {
  const asDeployed: Design = { devices, intervalSeconds, switches: [] };
  const steps: Step[] = [];
  for (let before = asDeployed; ; before = steps.at(-1)?.after ?? before) {
    const next = mended(before) ?? cheaper(before);
    if (next === undefined) {
      const open = LIMITS.filter((limit) => limit.remedies.length > 0 && share(limit, before) > 1);
      return { asDeployed, steps, grown: before, open };
    }
    steps.push({ ...next, before, after: flipped(before, next.flip) });
  }
}

function mended(design: Design): Pick<Step, 'flip' | 'limit'> | undefined {
  const broken = LIMITS.filter((limit) => share(limit, design) > 1).sort(
    (a, b) => share(b, design) - share(a, design),
  );
  for (const limit of broken) {
    const flip = limit.remedies.find(
      (remedy) =>
        isOpen(design, remedy) && share(limit, flipped(design, remedy)) < share(limit, design),
    );
    if (flip !== undefined) return { flip, limit };
  }
  return undefined;
}

function cheaper(design: Design): Pick<Step, 'flip' | 'limit'> | undefined {
  const usd = usdOf(design);
  const savings = (Object.keys(SWITCHES) as Switch[])
    .filter((name) => isOpen(design, name))
    .map((flip) => ({ flip, saved: usd - usdOf(flipped(design, flip)) }))
    .sort((a, b) => b.saved - a.saved);
  const [best] = savings;
  if (best === undefined || best.saved < Math.max(WORTH.usd, WORTH.share * usd)) return undefined;
  return { flip: best.flip, limit: undefined };
}

function isOpen({ switches }: Design, name: Switch): boolean {
  const { after } = SWITCHES[name];
  return !switches.includes(name) && (after === undefined || switches.includes(after));
}

function flipped(design: Design, flip: Switch): Design {
  return { ...design, switches: [...design.switches, flip] };
}
