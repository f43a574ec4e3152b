import { InputError } from '../errors.ts';
import { type ModelBundle, modelFor } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { NO_RULES, type RuleSet } from '../rules.ts';
import { anomalyTypes, type Finding } from './anomaly-types.ts';
import type { Decision, DetectorVote, MetricDecision, Severity } from './decision.ts';
import type { DeviceState } from './device-state.ts';
import { followEpisode } from './episode.ts';
import { explain } from './explanation.ts';
import { jointForestFinding, jointShares } from './forest-findings.ts';
import { type Observed, observe } from './observe.ts';
import {
  isWarm,
  learnAlarm,
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
 * - cost: about 50 µs per metric
 *
 * @throws InputError when a value or the time is not finite, or the point has no metric
 */
export function decide(
  bundle: ModelBundle | null,
  state: DeviceState | null,
  point: Point,
  rules: RuleSet = NO_RULES,
  { falseAlarmsPerDay = FALSE_ALARMS_PER_DAY }: DecideSettings = {},
): Decided {
  checkPoint(point);
  const alarm = state?.alarm ?? START_ALARM;
  const isNewDevice = !isWarm(alarm);
  const observed = Object.keys(point.metrics).map((metric) =>
    observe(bundle, state?.series.get(metric) ?? null, point, metric, rules, isNewDevice),
  );
  const joint = lookTogether(bundle, observed, point.placeType, isNewDevice);
  const verdict = weighEvidence(alarm, observed, falseAlarmsPerDay);
  const silence = silenceFinding(alarm, point.atMs);
  const findings = [
    ...observed.flatMap((one) => one.findings),
    ...(joint === null ? [] : [joint.finding]),
    ...(isNewDevice
      ? []
      : [...streamingFindings(verdict, observed), ...stuckFindings(observed, verdict.threshold)]),
    ...(silence === null ? [] : [silence]),
  ];
  const metrics = decideMetrics(observed, findings, joint);
  const score = highestLevel(findings);
  const isAnomaly = 1 <= score;

  const isLate = observed.every(({ evidence }) => evidence === null);
  const step = isLate
    ? { state: state?.episode ?? null, episode: null, isStart: false }
    : followEpisode(state?.episode ?? null, point.atMs, score, isAnomaly);
  const series = new Map(state?.series);
  for (const one of observed) series.set(one.metric, one.series);
  return {
    decision: {
      isAnomaly,
      score,
      threshold: 1,
      severity: worst(findings),
      types: anomalyTypes(
        findings,
        observed.some(({ isSudden }) => isSudden),
      ),
      detectors: [...findings.map(toVote), ...(verdict.level < 1 ? [] : tellingVotes(observed))],
      metrics,
      explanation: explain(findings, metrics),
      alert: step.isStart,
      episode: step.episode,
    },
    state: {
      series,
      alarm: isLate ? alarm : learnAlarm(alarm, point.atMs, verdict.evidence),
      episode: step.state,
    },
  };
}

interface Joint {
  readonly finding: Finding;
  /** Share of each metric, by name. */
  readonly shares: ReadonlyMap<string, number>;
}

function lookTogether(
  bundle: ModelBundle | null,
  observed: readonly Observed[],
  placeType: string | undefined,
  isNewDevice: boolean,
): Joint | null {
  if (bundle === null || observed.length < 2) return null;
  const sorted = [...observed].sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const names = sorted.map(({ metric }) => metric);
  const model = modelFor(bundle, names, placeType);
  if (model === null) return null;
  const features = sorted.map((one) => one.features);
  const finding = jointForestFinding(model, features, isNewDevice);
  const shares = finding.level < 1 ? [] : jointShares(model, features);
  return { finding, shares: new Map(names.map((metric, i) => [metric, shares[i] ?? 0])) };
}

function decideMetrics(
  observed: readonly Observed[],
  findings: readonly Finding[],
  joint: Joint | null,
): MetricDecision[] {
  const levels = observed.map(({ metric }) =>
    highestLevel(findings.filter((finding) => finding.metric === metric)),
  );
  const weights = observed.map(({ metric }, i) =>
    Math.max(levels[i] as number, (joint?.shares.get(metric) ?? 0) * (joint?.finding.level ?? 0)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return observed.map(({ metric, value, expected, low, high }, i) => ({
    metric,
    value,
    score: levels[i] as number,
    threshold: 1,
    isAnomaly: 1 <= (levels[i] as number),
    expected,
    low,
    high,
    contribution: sum === 0 ? 0 : (weights[i] as number) / sum,
  }));
}

function highestLevel(findings: readonly Finding[]): number {
  return findings.reduce((most, { level }) => Math.max(most, level), 0);
}

function worst(findings: readonly Finding[]): Severity {
  if (findings.some(({ severity }) => severity === 'critical')) return 'critical';
  return findings.some(({ severity }) => severity === 'warning') ? 'warning' : 'normal';
}

function toVote({ name, metric, score, threshold, level }: Finding): DetectorVote {
  return { name, metric, score, threshold, isAnomaly: 1 <= level };
}

function checkPoint({ atMs, metrics }: Point): void {
  if (!Number.isFinite(atMs)) throw new InputError(`atMs is ${atMs}, wanted a finite time`);
  const entries = Object.entries(metrics);
  if (entries.length === 0) throw new InputError('the point has no metric');
  for (const [metric, value] of entries)
    if (!Number.isFinite(value))
      throw new InputError(`${metric} is ${value}, wanted a finite number`);
}
