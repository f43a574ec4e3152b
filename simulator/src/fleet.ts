import type { MetricName, Reading } from '@plumbline/contracts';
import { faultConditions, faultOffset } from './fault-effect.ts';
import {
  type Fault,
  type FaultKind,
  type FaultPlan,
  MAX_FAULT_RATE,
  planFaults,
} from './faults.ts';
import type { Device, Profile, Signal, Surroundings } from './profile.ts';
import { mix, textKey, unit } from './random.ts';
import { type DeviceSignal, deviceSignal, show } from './signal.ts';
import { siteClock } from './site-time.ts';

export interface FleetOptions {
  readonly profile: Profile;
  /** How many; the profile's own number if absent. */
  readonly devices?: number;
  /** Whole number; equal seeds give equal readings. 42 if absent. */
  readonly seed?: number;
  /** Share of readings with a fault, 0 to 0.3; 0.05 if absent. */
  readonly faultRate?: number;
  /** Kinds of fault that may happen; the profile's if absent. */
  readonly faults?: readonly FaultKind[];
  /** Between two readings of a device; the profile's if absent. */
  readonly intervalMs?: number;
  /** IANA name of the site's time zone; the profile's if absent. */
  readonly timeZone?: string;
}

export const MAX_DEVICES = 100_000;

/** Half-open. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Devices whose readings are a function of (profile, seed, device, time): ask for any moment, in any order.
 *
 * Devices are named by their index, 0 to `devices.length - 1`.
 */
export interface Fleet {
  readonly profile: Profile;
  readonly devices: readonly Device[];
  readonly intervalMs: number;
  /** What a device would report at a moment; undefined while it is silent. */
  readingAt(device: number, timeMs: number): Reading | undefined;
  /** The fault that a device has at a moment, silence included. */
  faultAt(device: number, timeMs: number): Fault | undefined;
  /** The faults of a device that begin in a period, in order. */
  faults(device: number, period: Period): Fault[];
  /** All readings of a period in the order of time. Each device reports once an interval, at its own offset. */
  readings(period: Period): Generator<Reading>;
  /** The moments at which a device reports in a period, faults or not. */
  moments(device: number, period: Period): Generator<number>;
}

/** Makes a fleet. Throws RangeError for a number out of its range or an unknown time zone. */
export function createFleet(options: FleetOptions): Fleet {
  const { profile, seed = 42, faultRate = 0.05, intervalMs = profile.intervalMs } = options;
  const count = options.devices ?? profile.deviceCount;
  check('devices', count, 1, MAX_DEVICES);
  check('seed', seed, 0, 0xffff_ffff);
  check('intervalMs', intervalMs, 1, 7 * 86_400_000);
  if (!(0 <= faultRate && faultRate <= MAX_FAULT_RATE)) {
    throw new RangeError(`faultRate ${faultRate} not in [0, ${MAX_FAULT_RATE}]`);
  }
  const clock = siteClock(options.timeZone ?? profile.timeZone);
  const plan = planFaults(options.faults ?? profile.faults, faultRate, intervalMs);
  const fleetKey = textKey(mix(0x706c756d, seed), profile.name);
  const members = Array.from({ length: count }, (_, index) => member(index));
  const inOrder = [...members.keys()].sort((a, b) => at(a).offsetMs - at(b).offsetMs);

  return {
    profile,
    devices: members.map(({ device }) => device),
    intervalMs,
    readingAt: (index, timeMs) => readingOf(at(index), timeMs),
    faultAt: (index, timeMs) => at(index).faultAt(timeMs),
    faults(index, period) {
      const found = new Map<number, Fault>();
      for (const timeMs of momentsOf(at(index), period)) {
        const fault = at(index).faultAt(timeMs);
        if (fault && period.fromMs <= fault.startMs) found.set(fault.startMs, fault);
      }
      return [...found.values()];
    },
    *readings({ fromMs, toMs }) {
      for (let turn = Math.floor(fromMs / intervalMs); turn * intervalMs < toMs; turn += 1) {
        for (const index of inOrder) {
          const one = at(index);
          const timeMs = turn * intervalMs + one.offsetMs;
          if (timeMs < fromMs || toMs <= timeMs) continue;
          const reading = readingOf(one, timeMs);
          if (reading) yield reading;
        }
      }
    },
    moments: (index, period) => momentsOf(at(index), period),
  };

  function member(index: number): Member {
    const device = profile.device(index);
    const surroundings = profile.kinds[device.kind];
    if (!surroundings) throw new Error(`profile ${profile.name} has no kind ${device.kind}`);
    const key = textKey(fleetKey, device.deviceId);
    return {
      device,
      surroundings,
      offsetMs: Math.floor(unit(mix(key, 7)) * intervalMs),
      signal: deviceSignal(key, surroundings, clock),
      faultAt: plan(key, surroundings.metrics),
    };
  }

  function at(index: number): Member {
    const found = members[index];
    if (!found) throw new RangeError(`device ${index} not in [0, ${members.length - 1}]`);
    return found;
  }

  function readingOf(one: Member, timeMs: number): Reading | undefined {
    const fault = one.faultAt(timeMs);
    if (fault?.kind === 'dropout') return undefined;
    const { deviceId, place } = one.device;
    return {
      readingId: `${profile.name}.${seed.toString(36)}.${deviceId}.${timeMs.toString(36)}`,
      deviceId,
      measuredAtMs: timeMs,
      metrics: metricsOf(one, timeMs, fault),
      place,
      ...(fault && { label: fault.kind }),
    };
  }

  function metricsOf(one: Member, timeMs: number, fault: Fault | undefined): Reading['metrics'] {
    const { signal, surroundings } = one;
    const conditions = signal.conditions(timeMs);
    const usual = { timeMs, value: (name: MetricName) => signal.value(name, conditions) };
    const metrics: Partial<Record<MetricName, number>> = {};
    for (const name of signal.metrics) {
      const spec = surroundings.metrics[name] as Signal;
      if (fault?.kind === 'stuck' && fault.metric === name) {
        // What it showed last before it got stuck.
        const frozen = signal.conditions(fault.startMs + one.offsetMs - intervalMs);
        metrics[name] = show(spec, signal.value(name, frozen));
        continue;
      }
      let value = signal.value(name, fault ? faultConditions(fault, name, conditions) : conditions);
      if (fault) value += faultOffset(fault, name, spec, usual);
      metrics[name] = show(spec, value);
    }
    return metrics;
  }

  function* momentsOf({ offsetMs }: Member, { fromMs, toMs }: Period): Generator<number> {
    const first = Math.ceil((fromMs - offsetMs) / intervalMs) * intervalMs + offsetMs;
    for (let timeMs = first; timeMs < toMs; timeMs += intervalMs) yield timeMs;
  }
}

interface Member {
  readonly device: Device;
  readonly surroundings: Surroundings;
  /** When in the interval it reports. */
  readonly offsetMs: number;
  readonly signal: DeviceSignal;
  readonly faultAt: FaultPlan;
}

function check(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || max < value) {
    throw new RangeError(`${name} ${value} is not a whole number in [${min}, ${max}]`);
  }
}
