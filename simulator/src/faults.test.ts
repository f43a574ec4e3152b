import type { MetricName } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import type { Fault, FaultKind } from './faults.ts';
import { createFleet } from './fleet.ts';
import { PROFILES, type ProfileName } from './profiles/index.ts';

// A Tuesday.
const FROM_MS = Date.parse('2026-03-03T00:00:00Z');

/** What a fault did to the readings of its device, next to the same readings without faults. */
interface Case {
  readonly fault: Fault;
  readonly readings: readonly Moment[];
}
interface Moment {
  readonly timeMs: number;
  /** Undefined: silence. */
  readonly faulty: Readonly<Partial<Record<MetricName, number>>> | undefined;
  readonly clean: Readonly<Partial<Record<MetricName, number>>>;
  readonly label: string | undefined;
}

/** The faults of one kind in a fleet over a few days. */
function casesOf(kind: FaultKind, name: ProfileName): Case[] {
  const profile = PROFILES[name];
  const fleet = createFleet({ profile, faults: [kind], devices: 30 });
  const twin = createFleet({ profile, faultRate: 0, devices: 30 });
  const period = { fromMs: FROM_MS, toMs: FROM_MS + 12_000 * fleet.intervalMs };
  return [...fleet.devices.keys()].flatMap((device) =>
    fleet
      .faults(device, period)
      .slice(0, 5)
      .map((fault) => ({
        fault,
        readings: [...fleet.moments(device, { fromMs: fault.startMs, toMs: fault.endMs })].map(
          (timeMs) => {
            const reading = fleet.readingAt(device, timeMs);
            return {
              timeMs,
              faulty: reading?.metrics,
              clean: twin.readingAt(device, timeMs)?.metrics ?? {},
              label: reading?.label,
            };
          },
        ),
      })),
  );
}

/** How far a metric is from where it would be, in its ordinary steps. */
function stepsOff(name: ProfileName, deviceKind: string, metric: MetricName, at: Moment): number {
  const signal = PROFILES[name].kinds[deviceKind]?.metrics[metric];
  return ((at.faulty?.[metric] as number) - (at.clean[metric] as number)) / (signal?.step ?? 0);
}

const KIND_OF_DEVICE = 'press';
const pressCases = (kind: FaultKind) => {
  const profile = PROFILES.machine;
  const fleet = createFleet({ profile, faults: [kind], devices: 30 });
  expect(fleet.devices[0]?.kind).toBe(KIND_OF_DEVICE);
  return casesOf(kind, 'machine');
};

test.each(['spike', 'drop'] as const)('a %s is 1.5 to 3.0 ordinary steps in one metric', (kind) => {
  const cases = pressCases(kind);
  expect(cases.length).toBeGreaterThan(30);
  const sizes: number[] = [];
  for (const { fault, readings } of cases) {
    for (const moment of readings) {
      expect(moment.label).toBe(kind);
      const off = stepsOff('machine', KIND_OF_DEVICE, fault.metric, moment);
      expect(off * (kind === 'spike' ? 1 : -1)).toBeGreaterThan(1.49);
      expect(off * (kind === 'spike' ? 1 : -1)).toBeLessThan(3.01);
      sizes.push(Math.abs(off));
      const other = fault.metric === 'temperature' ? 'vibration' : 'temperature';
      expect(moment.faulty?.[other]).toBe(moment.clean[other]);
    }
  }
  expect(Math.min(...sizes)).toBeLessThan(1.7);
  expect(Math.max(...sizes)).toBeGreaterThan(2.8);
});

test('a stuck metric repeats the value from before, while the others go on', () => {
  for (const { fault, readings } of pressCases('stuck')) {
    expect(new Set(readings.map(({ faulty }) => faulty?.[fault.metric])).size).toBe(1);
    const other = fault.metric === 'temperature' ? 'vibration' : 'temperature';
    expect(new Set(readings.map(({ faulty }) => faulty?.[other])).size).toBeGreaterThan(3);
  }
});

test('a drift grows slowly, to 1.5 to 3.0 steps at its end', () => {
  for (const { fault, readings } of pressCases('drift')) {
    const off = readings.map((moment) =>
      Math.abs(stepsOff('machine', KIND_OF_DEVICE, fault.metric, moment)),
    );
    expect(off[0]).toBeLessThan(0.2);
    expect(off.at(-1)).toBeGreaterThan(1.3);
    for (let at = 1; at < off.length; at += 1) {
      expect((off[at] as number) - (off[at - 1] as number)).toBeLessThan(0.2);
    }
  }
});

test('a noise burst shakes a metric both ways around where it would be', () => {
  for (const { fault, readings } of pressCases('noise_burst').slice(0, 20)) {
    if (fault.metric === 'vibration') continue;
    const off = readings.map((moment) => stepsOff('machine', KIND_OF_DEVICE, fault.metric, moment));
    expect(Math.min(...off)).toBeLessThan(-0.5);
    expect(Math.max(...off)).toBeGreaterThan(0.5);
    expect(Math.sqrt(off.reduce((sum, one) => sum + one * one, 0) / off.length)).toBeGreaterThan(1);
  }
});

test('a dropout is silence, known to the plan of faults', () => {
  const cases = pressCases('dropout');
  expect(cases.length).toBeGreaterThan(30);
  for (const { readings } of cases) {
    expect(readings.length).toBeGreaterThanOrEqual(6);
    expect(readings.every(({ faulty }) => faulty === undefined)).toBe(true);
  }
});

test('a correlated failure moves all metrics at once, by as many steps', () => {
  for (const { readings } of casesOf('correlated_failure', 'building')) {
    for (const { faulty, clean } of readings) {
      const moved = Object.keys(clean).filter(
        (name) => faulty?.[name as MetricName] !== clean[name as MetricName],
      );
      expect(moved.length).toBe(5);
    }
  }
});

test('overheating raises the temperature and holds it', () => {
  for (const { readings } of pressCases('overheating')) {
    const off = readings.map((moment) =>
      stepsOff('machine', KIND_OF_DEVICE, 'temperature', moment),
    );
    const held = off.slice(Math.ceil(off.length / 3) + 1);
    expect(off[0]).toBeLessThan(0.5);
    expect(Math.min(...held)).toBeGreaterThan(1.45);
    expect(readings.every(({ faulty, clean }) => faulty?.vibration === clean.vibration)).toBe(true);
  }
});

test('a ventilation failure lets CO₂ rise, and humidity and warmth with it', () => {
  for (const { readings } of casesOf('ventilation_failure', 'building')) {
    const last = readings.at(-1) as Moment;
    for (const metric of ['co2', 'humidity', 'temperature'] as const) {
      expect(last.faulty?.[metric]).toBeGreaterThan(last.clean[metric] as number);
    }
    expect((last.faulty?.co2 as number) - (last.clean.co2 as number)).toBeGreaterThan(370);
  }
});

test('wear lets vibration rise over hours, faster and faster, and warms the machine', () => {
  const cases = pressCases('equipment_wear');
  expect(cases.length).toBeGreaterThan(5);
  for (const { fault, readings } of cases) {
    const hours = (fault.endMs - fault.startMs) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(1.99);
    expect(hours).toBeLessThanOrEqual(6.01);
    const off = (share: number) =>
      stepsOff(
        'machine',
        KIND_OF_DEVICE,
        'vibration',
        readings[Math.floor(share * (readings.length - 1))] as Moment,
      );
    expect(off(0.5)).toBeLessThan(off(1) / 3);
    expect(off(1)).toBeGreaterThan(1.45);
    const last = readings.at(-1) as Moment;
    expect(last.faulty?.temperature).toBeGreaterThan(last.clean.temperature as number);
  }
});

test('a correlation break keeps each metric plausible, and moves one against the others', () => {
  const cases = casesOf('correlation_break', 'building');
  expect(cases.length).toBeGreaterThan(20);
  const clean = createFleet({ profile: PROFILES.building, faultRate: 0, devices: 30 });
  const range = (metric: MetricName) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { metrics } of clean.readings({ fromMs: FROM_MS, toMs: FROM_MS + 86_400_000 })) {
      low = Math.min(low, metrics[metric] as number);
      high = Math.max(high, metrics[metric] as number);
    }
    return { low, high };
  };
  const ranges = new Map<MetricName, ReturnType<typeof range>>();
  for (const { fault, readings } of cases) {
    const { metric } = fault;
    const plausible = ranges.get(metric) ?? range(metric);
    ranges.set(metric, plausible);
    for (const { faulty, clean } of readings) {
      const others = Object.keys(clean).filter((name) => name !== metric) as MetricName[];
      for (const other of others) expect(faulty?.[other]).toBe(clean[other]);
      const margin = 0.1 * (plausible.high - plausible.low);
      expect(faulty?.[metric]).toBeGreaterThan(plausible.low - margin);
      expect(faulty?.[metric]).toBeLessThan(plausible.high + margin);
    }
  }
});

test('a foreign sound is 1.5 to 3.0 ordinary steps louder than the place', () => {
  const cases = casesOf('foreign_sound', 'sound');
  expect(cases.length).toBeGreaterThan(30);
  for (const { readings } of cases) {
    for (const { faulty, clean } of readings) {
      const rise = (faulty?.sound as number) - (clean.sound as number);
      expect(rise).toBeGreaterThan(1.49 * 9);
      expect(rise).toBeLessThan(3.01 * 9);
    }
  }
});

test('a foreign sound has the bands of its own source, not of the place', () => {
  // In a machine hall low sounds prevail; a siren, a drill or children have next to none.
  const fleet = createFleet({ profile: PROFILES.sound, faults: ['foreign_sound'] });
  const hall = fleet.devices.findIndex(({ kind }) => kind === 'machinery');
  const period = { fromMs: FROM_MS, toMs: FROM_MS + 86_400_000 };
  const leans = { usual: [] as number[], foreign: [] as number[] };
  for (const timeMs of fleet.moments(hall, period)) {
    const { metrics, label } = fleet.readingAt(hall, timeMs) ?? {};
    const { sound_low: low = Number.NaN, sound_high: high = Number.NaN } = metrics ?? {};
    leans[label === undefined ? 'usual' : 'foreign'].push(low - high);
  }
  expect(Math.min(...leans.usual)).toBeGreaterThan(0);
  expect(Math.max(...leans.foreign)).toBeLessThan(-3);
});

test('the label travels beside the values, on faulty readings only', () => {
  const fleet = createFleet({ profile: PROFILES.machine, devices: 20 });
  for (const [device] of fleet.devices.entries()) {
    for (const timeMs of fleet.moments(device, { fromMs: FROM_MS, toMs: FROM_MS + 40_000_000 })) {
      const reading = fleet.readingAt(device, timeMs);
      if (reading) expect(reading.label).toBe(fleet.faultAt(device, timeMs)?.kind);
    }
  }
});
