import type { MetricName } from '@plumbline/contracts';
import type { Fault } from './faults.ts';
import type { Signal } from './profile.ts';
import { bell, mix, mixLong, textKey } from './random.ts';
import type { Conditions } from './signal.ts';
import { energyOf } from './sound-level.ts';

/** What a metric does at a moment when nothing is wrong. */
export interface Usual {
  readonly timeMs: number;
  /** In the metric's unit. */
  value(metric: MetricName): number;
}

/** What a fault does to the value of a metric at a moment; 0 for metrics that it leaves alone. */
export function faultOffset(
  fault: Fault,
  metric: MetricName,
  signal: Signal,
  usual: Usual,
): number {
  const { kind, size, sign } = fault;
  const { timeMs } = usual;
  const full = size * signal.step;
  const isHit = metric === fault.metric;
  const along = (timeMs - fault.startMs) / (fault.endMs - fault.startMs);
  switch (kind) {
    case 'spike':
      return isHit ? full : 0;
    case 'drop':
      return isHit ? -full : 0;
    case 'drift':
      return isHit ? sign * full * along : 0;
    case 'noise_burst':
      return isHit ? full * bell(mixLong(textKey(fault.key, metric), timeMs)) : 0;
    case 'correlated_failure':
      return sign * full;
    case 'foreign_sound':
      return isHit ? full : foreignSound(fault, metric, signal, usual);
    case 'overheating':
      if (metric === 'temperature') return full * swell(along);
      return metric === 'energy' ? 0.5 * full * swell(along) : 0;
    case 'ventilation_failure':
      if (metric === 'co2') return full * swell(along);
      return metric === 'humidity' || metric === 'temperature' ? 0.5 * full * swell(along) : 0;
    case 'equipment_wear':
      // Wear feeds on itself: slow at first, and friction warms the machine.
      if (metric === 'vibration') return full * along ** 2;
      return metric === 'temperature' ? 0.5 * full * along : 0;
    case 'stuck':
    case 'dropout':
    case 'correlation_break':
      return 0;
  }
}

/** What a band gains when another sound makes the whole louder: that sound's share of the energy that comes on top. */
function foreignSound(fault: Fault, band: MetricName, signal: Signal, usual: Usual): number {
  const shares = signal.foreignShares;
  if (!shares) return 0;
  const share = shares[mix(fault.key, 7) % shares.length] as number;
  const added = energyOf(fault.size * signal.step) - 1;
  const rest = energyOf(usual.value(fault.metric) - usual.value(band));
  return 10 * Math.log10(1 + share * added * rest);
}

/** Full activity is rare: a broken relation shows a usual busy hour, not a record. */
const MOSTLY = 0.8;

/** Everything a metric follows, upside down for the one whose relation to the others is broken. */
export function faultConditions(
  fault: Fault,
  metric: MetricName,
  conditions: Conditions,
): Conditions {
  if (fault.kind !== 'correlation_break' || metric !== fault.metric) return conditions;
  return {
    ...conditions,
    activity: MOSTLY * (1 - conditions.activity),
    slowActivity: MOSTLY * (1 - conditions.slowActivity),
  };
}

/** Up within a third of the time, then there until it is mended. */
function swell(along: number): number {
  return Math.min(1, 3 * along);
}
