import type { MetricName } from '@plumbline/contracts';
import type { Signal } from './profile.ts';
import { between, mix, mixLong, unit } from './random.ts';

/** How long one lasts: in readings for what goes wrong in a sensor, in minutes for what goes wrong in the world. */
interface Length {
  readonly unit: 'readings' | 'minutes';
  readonly from: number;
  readonly to: number;
}

/** Kinds of fault; the name is the label. */
export const FAULTS = {
  spike: { lasts: { unit: 'readings', from: 1, to: 2 } },
  drop: { lasts: { unit: 'readings', from: 1, to: 2 } },
  stuck: { lasts: { unit: 'readings', from: 12, to: 36 } },
  drift: { lasts: { unit: 'readings', from: 20, to: 60 } },
  noise_burst: { lasts: { unit: 'readings', from: 10, to: 30 } },
  /** Silence: the readings are missing. */
  dropout: { lasts: { unit: 'readings', from: 6, to: 30 } },
  /** All metrics jump at once. */
  correlated_failure: { lasts: { unit: 'readings', from: 6, to: 24 } },
  overheating: { lasts: { unit: 'minutes', from: 10, to: 40 } },
  ventilation_failure: { lasts: { unit: 'minutes', from: 30, to: 90 } },
  equipment_wear: { lasts: { unit: 'minutes', from: 120, to: 360 } },
  /** Each metric is plausible, their relation is not. */
  correlation_break: { lasts: { unit: 'minutes', from: 10, to: 30 } },
  /** A sound that does not belong: here the level and the bands of another source. */
  foreign_sound: { lasts: { unit: 'readings', from: 2, to: 8 } },
} as const satisfies Record<string, { readonly lasts: Length }>;
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** What can go wrong in any sensor, whatever it measures. */
export const SENSOR_FAULTS = [
  'spike',
  'drop',
  'stuck',
  'drift',
  'noise_burst',
  'dropout',
] as const satisfies readonly FaultKind[];

/** Above this share there would be no room to keep faults apart. */
export const MAX_FAULT_RATE = 0.3;

/** One fault of one device, from its first faulty moment up to, not including, its end. */
export interface Fault {
  readonly kind: FaultKind;
  readonly startMs: number;
  readonly endMs: number;
  /** 1.5 to 3.0: how many ordinary steps it is in size. */
  readonly size: number;
  /** Up or down, 1 or -1, where the kind leaves it open; never down where the value is too low to sink. */
  readonly sign: number;
  /** The metric that it hits, where the kind hits one. */
  readonly metric: MetricName;
  /** Randomness of its own. */
  readonly key: number;
}

type Signals = Readonly<Partial<Record<MetricName, Signal>>>;

/** The fault that a device has at a moment. Faults of one device never overlap. */
export type FaultPlan = (timeMs: number) => Fault | undefined;

/** Readings in a span of faults in one sensor; short enough for a day to show several kinds. */
const SHORT_SPAN = 400;

/**
 * Plans the faults of devices so that `rate` of all moments have one.
 *
 * Each device's time is cut into spans; a span has one kind of fault. A span is cut into pieces, and a piece has one
 * fault or none, wholly inside it: that keeps faults apart, and any moment's fault can be found without the others.
 * Where some kinds last for hours, spans are long, and those without such a kind are cut into short ones.
 */
export function planFaults(
  faults: readonly FaultKind[],
  rate: number,
  intervalMs: number,
): (deviceKey: number, signals: Signals) => FaultPlan {
  const lengths = faults.map((kind) => lengthOf(kind, intervalMs));
  const longest = Math.max(0, ...lengths.map(({ to }) => to));
  const ratio = Math.max(1, Math.ceil((longest * 1.5) / SHORT_SPAN));
  const kinds = lengths.map((length) => {
    const isLong = SHORT_SPAN < length.to * 1.5;
    const spanReadings = isLong ? ratio * SHORT_SPAN : SHORT_SPAN;
    const wantedReadings = rate * spanReadings;
    const pieceCount = Math.max(1, Math.ceil(wantedReadings / (length.mean * 0.9)));
    return {
      ...length,
      isLong,
      spanReadings,
      pieceCount,
      pieceReadings: Math.floor(spanReadings / pieceCount),
      chance: wantedReadings / (pieceCount * length.mean),
    };
  });

  return (deviceKey, signals) => {
    const possible = kinds
      .map((plan) => ({ ...plan, metrics: hitBy(plan.kind, signals) }))
      .filter(({ metrics }) => 0 < metrics.length);
    const short = possible.filter(({ isLong }) => !isLong);
    const canAllSink = Object.values(signals).every(hasRoomBelow);
    const longKey = mix(deviceKey, 11);
    const shortKey = mix(deviceKey, 12);
    return (timeMs) => {
      if (possible.length === 0) return undefined;
      const turn = Math.floor(timeMs / intervalMs);
      const longSpanKey = mixLong(longKey, Math.floor(turn / (ratio * SHORT_SPAN)));
      let chosen = pick(possible, longSpanKey);
      let spanKey = longSpanKey;
      if (!chosen.isLong) {
        spanKey = mixLong(shortKey, Math.floor(turn / SHORT_SPAN));
        chosen = pick(short, spanKey);
      }
      const { spanReadings, pieceCount, pieceReadings } = chosen;
      const spanStart = Math.floor(turn / spanReadings) * spanReadings;
      const piece = Math.floor((turn - spanStart) / pieceReadings);
      const key = mix(spanKey, piece);
      if (pieceCount <= piece || chosen.chance <= unit(mix(key, 1))) return undefined;
      const wanted = Math.floor(between(mix(key, 2), chosen.from, chosen.to + 1));
      const length = Math.min(wanted, pieceReadings);
      const room = pieceReadings - length;
      const start =
        spanStart + piece * pieceReadings + Math.floor(between(mix(key, 3), 0, room + 1));
      if (turn < start || start + length <= turn) return undefined;
      const metric = pick(chosen.metrics, mix(key, 6));
      const canSink =
        chosen.kind === 'correlated_failure' ? canAllSink : hasRoomBelow(signals[metric] as Signal);
      return {
        kind: chosen.kind,
        startMs: start * intervalMs,
        endMs: (start + length) * intervalMs,
        size: between(mix(key, 4), 1.5, 3),
        sign: canSink && mix(key, 5) & 1 ? -1 : 1,
        metric,
        key,
      };
    };
  };
}

function pick<Item>(items: readonly Item[], hash: number): Item {
  return items[hash % items.length] as Item;
}

/** In readings. */
function lengthOf(kind: FaultKind, intervalMs: number) {
  const lasts: Length = FAULTS[kind].lasts;
  const perUnit = lasts.unit === 'readings' ? 1 : 60_000 / intervalMs;
  const from = Math.max(1, Math.round(lasts.from * perUnit));
  const to = Math.max(from, Math.round(lasts.to * perUnit));
  return { kind, from, to, mean: (from + to) / 2 };
}

/** The metrics that a kind of fault can start from, among those of a device; none: it cannot happen there. */
function hitBy(kind: FaultKind, signals: Signals): readonly MetricName[] {
  const names = Object.keys(signals) as MetricName[];
  const having = (...wanted: MetricName[]) => wanted.filter((name) => names.includes(name));
  switch (kind) {
    // A metric near its lowest value has nowhere to drop to.
    case 'drop':
      return names.filter((name) => hasRoomBelow(signals[name] as Signal));
    case 'overheating':
      return having('temperature');
    case 'ventilation_failure':
      return having('co2');
    case 'equipment_wear':
      return having('vibration');
    case 'foreign_sound':
      return having('sound');
    case 'correlated_failure':
      return names.length < 2 ? [] : names;
    case 'correlation_break': {
      const related = names.filter((name) => signals[name]?.activity);
      return related.length < 2 ? [] : related;
    }
    default:
      return names;
  }
}

function hasRoomBelow({ base, spread, drift, daily, step, min }: Signal): boolean {
  return min + 3 * step < base - spread - drift - (daily?.amplitude ?? 0);
}
