import {
  addEventScores,
  type LabelledEvent,
  type Point,
  scoreEvents,
  seededRandom,
} from '@plumbline/detection';
import { type Figure, reference } from './figure.ts';
import { inEpisodes, replay, type Told, train } from './replay.ts';
import { type Mote, readMotes } from './series-data.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 17);
const INTERVAL_MS = 5000;
const TRAINING = 1500;
const TRIVIAL_DEVIATIONS = 3;

/** The whole of `decide` on the motes: trained on the first 1500 readings of each, unlabelled, then replayed. */
export function moteAccuracy(folder: string): Figure[] {
  const motes = readMotes(folder);
  const series = motes.map((mote) => pointsOf(mote));
  const bundle = train(series.map((points) => points.slice(0, TRAINING)));
  const told = series.map((points) => replay(bundle, null, points).anomalies);
  const score = addEventScores(motes.map((mote, i) => scoreMote(mote, told[i] as readonly Told[])));
  const readings = series.reduce((sum, points) => sum + points.length, 0);
  const days = (readings * INTERVAL_MS) / DAY_MS;
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
    ...trivialRows(motes, series, told.flat().length / readings, days),
  ];
}

/** What detectors with no thought are worth here. */
function trivialRows(
  motes: readonly Mote[],
  series: readonly (readonly Point[])[],
  rate: number,
  days: number,
): Figure[] {
  const random = seededRandom(1);
  const rows: Readonly<Record<string, (points: readonly Point[]) => readonly boolean[]>> = {
    '|z| above 3 of the first readings, any metric': farFromTheFirst,
    'as many readings at random': (points) => points.map(() => random() < rate),
    'every reading': (points) => points.map(() => true),
    'no reading': (points) => points.map(() => false),
  };
  return Object.entries(rows).flatMap(([name, isAnomaly]) => {
    const score = addEventScores(
      motes.map((mote, i) => {
        const points = series[i] as readonly Point[];
        const said = isAnomaly(points);
        const told = inEpisodes(points.map(({ atMs }, at) => [atMs, said[at] as boolean]));
        return scoreMote(mote, told);
      }),
    );
    return [
      reference(`motes, ${name}: events found`, score.foundCount, 'events'),
      reference(`motes, ${name}: false alarms`, score.falseAlarmCount / days, 'per device-day'),
    ];
  });
}

function scoreMote(mote: Mote, told: readonly Told[]) {
  const alerts = told.filter(({ isAlert }) => isAlert);
  return scoreEvents(eventsOf(mote), told.map(timeOf), alerts.map(timeOf), 0);
}

function farFromTheFirst(points: readonly Point[]): boolean[] {
  const isFar = ['temperature', 'humidity'].map((metric) => {
    const values = points.map((point) => point.metrics[metric] as number);
    const first = values.slice(0, TRAINING);
    const mean = first.reduce((a, b) => a + b, 0) / first.length;
    const variance = first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first.length;
    const limit = TRIVIAL_DEVIATIONS * Math.sqrt(variance);
    return values.map((value) => limit < Math.abs(value - mean));
  });
  return points.map((_, at) => isFar.some((flags) => flags[at]));
}

function pointsOf({ readings, isIndoor }: Mote): Point[] {
  const placeType = isIndoor ? 'indoor' : 'outdoor';
  return readings.map((metrics, i) => ({ atMs: START_MS + i * INTERVAL_MS, metrics, placeType }));
}

function eventsOf({ labels }: Mote): LabelledEvent[] {
  const first = labels.indexOf(1);
  if (first < 0) return [];
  const at = (index: number) => START_MS + index * INTERVAL_MS;
  return [{ startMs: at(first), endMs: at(labels.lastIndexOf(1) + 1) }];
}

function timeOf({ atMs }: { readonly atMs: number }): number {
  return atMs;
}

function medianOf(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
