import { addEventScores, type LabelledEvent, type Point, scoreEvents } from '@plumbline/detection';
import { type Figure, reference } from './figure.ts';
import { replay, train } from './replay.ts';
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
  const score = addEventScores(
    motes.map((mote, i) => {
      const { anomalies } = replay(bundle, null, series[i] as Point[]);
      const alerts = anomalies.filter(({ isAlert }) => isAlert);
      return scoreEvents(eventsOf(mote), anomalies.map(timeOf), alerts.map(timeOf), 0);
    }),
  );
  const days = series.reduce((sum, points) => sum + points.length * INTERVAL_MS, 0) / DAY_MS;
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
    ...trivialRows(motes, series, days),
  ];
}

/** A reading far from the mean of the first ones: what a fixed limit of three deviations is worth here. */
function trivialRows(
  motes: readonly Mote[],
  series: readonly (readonly Point[])[],
  days: number,
): Figure[] {
  const score = addEventScores(
    motes.map((mote, i) => {
      const points = series[i] as readonly Point[];
      const isFar = ['temperature', 'humidity'].map((metric) => {
        const values = points.map((point) => point.metrics[metric] as number);
        const training = values.slice(0, TRAINING);
        const mean = training.reduce((a, b) => a + b, 0) / TRAINING;
        const variance = training.reduce((sum, value) => sum + (value - mean) ** 2, 0) / TRAINING;
        return values.map(
          (value) => TRIVIAL_DEVIATIONS * Math.sqrt(variance) < Math.abs(value - mean),
        );
      });
      const far = points.filter((_, at) => isFar.some((flags) => flags[at])).map(timeOf);
      const alerts = far.filter(
        (atMs, at) => at === 0 || REFRACTORY_MS < atMs - (far[at - 1] as number),
      );
      return scoreEvents(eventsOf(mote), far, alerts, 0);
    }),
  );
  return [
    reference(
      'motes: events found by |z| above 3 of the first readings',
      score.foundCount,
      'events',
    ),
    reference('motes: false alarms of |z| above 3', score.falseAlarmCount / days, 'per device-day'),
  ];
}

/** As `decide` counts an episode: 90 ordinary readings end it. */
const REFRACTORY_MS = 90 * INTERVAL_MS;

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
