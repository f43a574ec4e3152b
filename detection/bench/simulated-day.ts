import { type Point, scoreEvents } from '@plumbline/detection';
import {
  createFleet,
  type Fault,
  type FaultKind,
  type Fleet,
  PROFILES,
  type ProfileName,
} from '@plumbline/simulator';
import { type Anomaly, replay, type Told, train } from './replay.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 17);
/** Readings after a fault in which its end still shows. */
const GRACE_READINGS = 10;
/** Devices that report seldom have few faults a day, so there are more of them: between 3 and 12. */
const devicesFor = (intervalMs: number) => Math.min(12, Math.max(3, Math.round(intervalMs / 4000)));

/** One device's day: what was wrong with it, and what was said. */
export interface SimulatedDay {
  readonly profile: ProfileName;
  readonly seed: number;
  readonly deviceId: string;
  readonly graceMs: number;
  /** That begin in the day. */
  readonly faults: readonly Fault[];
  /** And those of the day before, of which the last may not be over. */
  readonly knownFaults: readonly Fault[];
  readonly past: readonly Point[];
  readonly points: readonly Point[];
  readonly anomalies: readonly Anomaly[];
}

/**
 * A fleet's first day, with its faults and unlabelled, trains the forests and is each device's past; its
 * second is judged.
 *
 * - kinds: of fault that happen; the profile's if absent
 */
export function simulateDays(
  profile: ProfileName,
  seed: number,
  kinds: readonly FaultKind[] = PROFILES[profile].faults,
): SimulatedDay[] {
  const { intervalMs } = PROFILES[profile];
  const devices = devicesFor(intervalMs);
  const fleet = createFleet({ profile: PROFILES[profile], devices, seed, faults: kinds });
  const endMs = START_MS + DAY_MS;
  const past = fleet.devices.map((_, i) => pointsOf(fleet, i, START_MS - DAY_MS, START_MS));
  const bundle = train(past);
  return fleet.devices.map(({ deviceId }, i) => {
    const known = replay(bundle, null, past[i] as Point[]);
    const points = pointsOf(fleet, i, START_MS, endMs);
    return {
      profile,
      seed,
      deviceId,
      graceMs: GRACE_READINGS * intervalMs,
      faults: fleet.faults(i, { fromMs: START_MS, toMs: endMs }),
      knownFaults: fleet.faults(i, { fromMs: START_MS - DAY_MS, toMs: endMs }),
      past: past[i] as Point[],
      points,
      anomalies: replay(bundle, known.state, points).anomalies,
    };
  });
}

/** How anomalies, of the system or of something trivial, do against the labels of a day. */
export function scoreDay(
  { faults, knownFaults, graceMs }: SimulatedDay,
  anomalies: readonly Told[],
) {
  const times = anomalies.map(({ atMs }) => atMs);
  const alerts = anomalies.filter(({ isAlert }) => isAlert).map(({ atMs }) => atMs);
  const { falseAlarmCount } = scoreEvents(knownFaults, [], alerts, graceMs);
  return { ...scoreEvents(faults, times, [], graceMs), falseAlarmCount };
}

/** Whether a fault is there at a moment, or its end still shows. */
export function isFaulty({ knownFaults, graceMs }: SimulatedDay, atMs: number): boolean {
  return knownFaults.some(({ startMs, endMs }) => startMs <= atMs && atMs < endMs + graceMs);
}

function pointsOf(fleet: Fleet, device: number, fromMs: number, toMs: number): Point[] {
  return [...fleet.moments(device, { fromMs, toMs })].flatMap((atMs) => {
    const reading = fleet.readingAt(device, atMs);
    if (reading === undefined) return [];
    const placeType = reading.place?.type;
    return [{ atMs, metrics: reading.metrics, ...(placeType === undefined ? {} : { placeType }) }];
  });
}
