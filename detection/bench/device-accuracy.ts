import { RULE_LIMITS } from '@plumbline/contracts';
import {
  addEventScores,
  type DeviceState,
  decide,
  type EventScore,
  type LabelledEvent,
  type ModelBundle,
  type Point,
  scoreEvents,
  trainBundle,
} from '@plumbline/detection';
import { createFleet, PROFILE_NAMES, PROFILES, type ProfileName } from '@plumbline/simulator';
import { type Figure, reference } from './figure.ts';
import { type Mote, readMotes } from './series-data.ts';

/** The rules of the ML server. */
const RULES = { version: 'contracts', rules: RULE_LIMITS };
const DAY_MS = 86_400_000;
const MOTE_INTERVAL_MS = 5000;
const MOTE_TRAINING = 1500;
const TRAINED_AT = '2026-01-01T00:00:00Z';

/** The whole of `decide` on the motes: trained on the first 1500 readings of each, unlabelled, then replayed. */
export function moteAccuracy(folder: string): Figure[] {
  const motes = readMotes(folder);
  const series = motes.map((mote) => pointsOf(mote));
  const bundle = train(series.map((points) => points.slice(0, MOTE_TRAINING)));
  const score = addEventScores(
    motes.map((mote, i) => {
      const { anomaliesMs, alertsMs } = replay(bundle, null, series[i] as Point[]);
      return scoreEvents(eventsOf(mote), anomaliesMs, alertsMs, 0);
    }),
  );
  const days = series.reduce((sum, points) => sum + points.length * MOTE_INTERVAL_MS, 0) / DAY_MS;
  const rate = score.falseAlarmCount / days;
  return [
    {
      what: `motes: events found, of ${score.eventCount}`,
      value: score.foundCount,
      unit: 'events',
      peer: '',
      goal: 'all',
      met: score.foundCount === score.eventCount,
    },
    {
      what: 'motes: false alarms',
      value: rate,
      unit: 'per device-day',
      peer: '',
      goal: 'at most 0.7',
      met: rate <= 0.7,
    },
    reference('motes: median delay', medianOf(score.delaysMs) / 1000, 's'),
  ];
}

/** Devices that report seldom have few faults a day, so there are more of them: between 3 and 12. */
const devicesFor = (intervalMs: number) => Math.min(12, Math.max(3, Math.round(intervalMs / 4000)));
const TEST_DAYS = 1;
const START_MS = Date.UTC(2026, 10, 17);
/** Readings after a fault in which its end still shows. */
const GRACE_READINGS = 10;

/** Each profile is simulated with each of these; detectors were made with the first in view. */
const SEEDS = [7, 19];

/** The whole of `decide` on simulated devices with every kind of fault at the simulator's own rate. */
export function simulatorAccuracy(): Figure[] {
  const byKind = new Map<string, EventScore[]>();
  const figures = PROFILE_NAMES.flatMap((name) => {
    const days = SEEDS.flatMap((seed) => simulate(name, seed));
    for (const { kinds } of days)
      for (const [kind, score] of kinds) byKind.set(kind, [...(byKind.get(kind) ?? []), score]);
    const score = addEventScores(days.map((day) => day.score));
    const recall = score.foundCount / score.eventCount;
    const rate = score.falseAlarmCount / (days.length * TEST_DAYS);
    return [
      {
        what: `simulator, ${name}: share of ${score.eventCount} faults found`,
        value: recall,
        unit: '',
        peer: '',
        goal: 'at least 0.95',
        met: 0.95 <= recall,
      },
      {
        what: `simulator, ${name}: false alarms in ${days.length * TEST_DAYS} device-days`,
        value: rate,
        unit: 'per device-day',
        peer: '',
        goal: 'at most 0.1',
        met: rate <= 0.1,
      },
      reference(`simulator, ${name}: median delay`, medianOf(score.delaysMs) / 1000, 's'),
    ];
  });
  const kinds = [...byKind].map(([kind, scores]) => {
    const { foundCount, eventCount } = addEventScores(scores);
    const what = `simulator, all profiles: share of ${eventCount} ${kind} found`;
    return reference(what, foundCount / eventCount, '');
  });
  return [...figures, ...kinds];
}

/** What a device's test days came to: in all, and by the kind of fault. */
interface DeviceScore {
  readonly score: EventScore;
  readonly kinds: ReadonlyMap<string, EventScore>;
}

/** A day to train on, with its faults and unlabelled; then the days that count, device by device. */
function simulate(name: ProfileName, seed: number): DeviceScore[] {
  const fleet = createFleet({
    profile: PROFILES[name],
    devices: devicesFor(PROFILES[name].intervalMs),
    seed,
  });
  const points = (device: number, fromMs: number, toMs: number): Point[] =>
    [...fleet.moments(device, { fromMs, toMs })].flatMap((atMs) => {
      const reading = fleet.readingAt(device, atMs);
      if (reading === undefined) return [];
      const placeType = reading.place?.type;
      return [
        { atMs, metrics: reading.metrics, ...(placeType === undefined ? {} : { placeType }) },
      ];
    });
  const devices = fleet.devices.map((_, device) => device);
  const past = devices.map((device) => points(device, START_MS - DAY_MS, START_MS));
  const bundle = train(past);
  const endMs = START_MS + TEST_DAYS * DAY_MS;
  return devices.map((device) => {
    let state: DeviceState | null = null;
    for (const point of past[device] as Point[]) state = decide(bundle, state, point, RULES).state;
    const faults = fleet.faults(device, { fromMs: START_MS, toMs: endMs });
    const graceMs = GRACE_READINGS * fleet.intervalMs;
    const { anomaliesMs, alertsMs } = replay(bundle, state, points(device, START_MS, endMs));
    const kinds = Map.groupBy(faults, ({ kind }) => kind);
    return {
      score: scoreEvents(faults, anomaliesMs, alertsMs, graceMs),
      kinds: new Map(
        [...kinds].map(([kind, some]) => [kind, scoreEvents(some, anomaliesMs, [], graceMs)]),
      ),
    };
  });
}

function train(series: readonly (readonly Point[])[]): ModelBundle {
  const { bundle } = trainBundle(
    series.map((points) => {
      const placeType = points[0]?.placeType;
      return { points, ...(placeType === undefined ? {} : { placeType }) };
    }),
    { trainedAt: TRAINED_AT },
  );
  if (bundle === null) throw new Error('the series are too short to train on');
  return bundle;
}

function replay(bundle: ModelBundle, start: DeviceState | null, points: readonly Point[]) {
  let state = start;
  const anomaliesMs: number[] = [];
  const alertsMs: number[] = [];
  for (const point of points) {
    const decided = decide(bundle, state, point, RULES);
    state = decided.state;
    if (decided.decision.isAnomaly) anomaliesMs.push(point.atMs);
    if (decided.decision.alert) alertsMs.push(point.atMs);
  }
  return { anomaliesMs, alertsMs };
}

function pointsOf({ readings, isIndoor }: Mote): Point[] {
  const placeType = isIndoor ? 'indoor' : 'outdoor';
  return readings.map((metrics, i) => ({
    atMs: START_MS + i * MOTE_INTERVAL_MS,
    metrics,
    placeType,
  }));
}

function eventsOf({ labels }: Mote): LabelledEvent[] {
  const first = labels.indexOf(1);
  if (first < 0) return [];
  const at = (index: number) => START_MS + index * MOTE_INTERVAL_MS;
  return [{ startMs: at(first), endMs: at(labels.lastIndexOf(1) + 1) }];
}

function medianOf(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
