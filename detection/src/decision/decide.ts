import { type PointFeatures, pointFeatures } from '../features.ts';
import type { ModelBundle } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { NO_RULES, type RuleSet } from '../rules.ts';
import { followRelation } from '../streaming/relation.ts';
import { conclude, findingsOf, lookTogether } from './conclude.ts';
import type { Decision } from './decision.ts';
import type { DeviceState } from './device-state.ts';
import { followEpisode } from './episode.ts';
import { NO_UNITS, type Units } from './explanation.ts';
import { scorePoints } from './forest-findings.ts';
import { type Observed, observe } from './observe.ts';
import { planFor } from './plan.ts';
import {
  isWarm,
  learnAlarm,
  relationFinding,
  START_ALARM,
  silenceFinding,
  streamingFindings,
  stuckFindings,
  tellingVotes,
  weighEvidence,
} from './streaming-findings.ts';

export interface DecideSettings {
  /** Alarms of the streaming detectors to put up with, per device and day without a fault. */
  readonly falseAlarmsPerDay?: number;
  /** For the sentence that a person reads. */
  readonly units?: Units;
}

export interface Decided {
  readonly decision: Decision;
  /** The device's state after this point, for its next one. */
  readonly state: DeviceState;
}

const FALSE_ALARMS_PER_DAY = 0.05;

/**
 * Says whether a point is an anomaly, why, and what was expected.
 *
 * - bundle: null before any model exists: rules and the device's own history speak alone
 * - state: null for a device never seen: its point alone is looked at; the given state is not changed
 * - a reading that is not newer than the last of its series is scored on its point alone and not learned
 * - cost: about 1 µs per forest and, for what is learned, about 10 µs per metric; `decideBatch` does without
 *
 * @throws InputError when a value or the time is not finite, or the point has no metric
 */
export function decide(
  bundle: ModelBundle | null,
  state: DeviceState | null,
  point: Point,
  rules: RuleSet = NO_RULES,
  { falseAlarmsPerDay = FALSE_ALARMS_PER_DAY, units = NO_UNITS }: DecideSettings = {},
): Decided {
  const plan = planFor(bundle, rules, point);
  const alarm = state?.alarm ?? START_ALARM;
  const isNewDevice = !isWarm(alarm);
  const features = plan.metrics.map(({ metric }) => {
    const history = state?.series.get(metric)?.history ?? null;
    return pointFeatures(
      history,
      point.atMs,
      point.metrics[metric] as number,
      plan.utcOffsetMinutes,
    );
  });
  const series = new Map(state?.series);
  const observed = plan.metrics.map((one, i): Observed => {
    const feature = features[i] as PointFeatures;
    const [score] = one.model === null ? [0] : scorePoints(one.model, [features], one.positions);
    const before = series.get(one.metric) ?? null;
    const seen = observe(one, feature, score as number, isNewDevice, before, point);
    series.set(one.metric, seen.series);
    return seen.observed;
  });
  const { joint: together } = plan;
  const [jointScore] =
    together === null ? [0] : scorePoints(together.model, [features], together.positions);
  const joint =
    together === null ? null : lookTogether(together, features, jointScore as number, isNewDevice);

  const verdict = weighEvidence(alarm, observed, falseAlarmsPerDay);
  const silence = silenceFinding(alarm, point.atMs);
  const findings = findingsOf(observed, joint);
  if (!isNewDevice)
    findings.push(
      ...streamingFindings(verdict, observed),
      ...stuckFindings(observed, verdict.threshold),
    );
  if (silence !== null) findings.push(silence);
  const isLate = observed.every(({ evidence }) => evidence === null);
  const relation = followRelation(
    state?.relation ?? null,
    observed.map(({ metric }) => metric),
    observed.map(({ value }) => value),
  );
  const broken = relationFinding(relation.evidence, alarm, verdict.threshold);
  if (!isNewDevice && !isLate && broken !== null) findings.push(broken);

  const episode = state?.episode ?? null;
  const { decision, step } = conclude(
    observed,
    findings,
    joint,
    verdict.level < 1 ? [] : tellingVotes(observed),
    units,
    (score, isAnomaly) =>
      isLate
        ? { state: episode, episode: null, isStart: false }
        : followEpisode(episode, point.atMs, score, isAnomaly),
  );
  return {
    decision,
    state: {
      series,
      alarm: isLate ? alarm : learnAlarm(alarm, point.atMs, verdict.evidence),
      episode: step.state,
      relation: isLate ? (state?.relation ?? null) : relation.model,
    },
  };
}
