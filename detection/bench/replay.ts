import { RULE_LIMITS } from '@plumbline/contracts';
import {
  type Decision,
  type DeviceState,
  decide,
  type ModelBundle,
  type Point,
  trainBundle,
} from '@plumbline/detection';

/** The rules of the ML server. */
const RULES = { version: 'contracts', rules: RULE_LIMITS };
const TRAINED_AT = '2026-01-01T00:00:00Z';

/** As `decide` counts an episode: so many ordinary readings end it. */
const REFRACTORY = 90;

/** One reading that is called an anomaly. */
export interface Told {
  readonly atMs: number;
  /** It starts an episode, which is told once. */
  readonly isAlert: boolean;
}

/** One that the whole system calls an anomaly. */
export interface Anomaly extends Told {
  readonly byRule: boolean;
  /** By a forest or a detector of the device's own past. */
  readonly byModel: boolean;
}

/** A bundle as the trainer makes it, without labels. */
export function train(series: readonly (readonly Point[])[]): ModelBundle {
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

/** All that `decide` calls an anomaly in the points of one device, in order. */
export function replay(
  bundle: ModelBundle,
  start: DeviceState | null,
  points: readonly Point[],
): { readonly anomalies: Anomaly[]; readonly state: DeviceState | null } {
  let state = start;
  const anomalies: Anomaly[] = [];
  for (const point of points) {
    const decided = decide(bundle, state, point, RULES);
    state = decided.state;
    if (decided.decision.isAnomaly) anomalies.push(anomalyOf(point.atMs, decided.decision));
  }
  return { anomalies, state };
}

function anomalyOf(atMs: number, { alert, detectors }: Decision): Anomaly {
  const found = detectors.filter(({ isAnomaly }) => isAnomaly);
  return {
    atMs,
    isAlert: alert,
    byRule: found.some(({ name }) => name === 'rule'),
    byModel: found.some(({ name }) => name !== 'rule'),
  };
}

/** The readings called anomalies; the first after enough ordinary ones is an alert. */
export function inEpisodes(said: readonly (readonly [atMs: number, isAnomaly: boolean])[]): Told[] {
  let quiet = REFRACTORY;
  return said.flatMap(([atMs, isAnomaly]) => {
    if (!isAnomaly) {
      quiet++;
      return [];
    }
    const isAlert = REFRACTORY <= quiet;
    quiet = 0;
    return [{ atMs, isAlert }];
  });
}
