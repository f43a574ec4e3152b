import { InputError } from '../errors.ts';
import { type PointFeatures, pointFeatures, remember, type SeriesHistory } from '../features.ts';
import { type MetricStatistics, type ModelBundle, modelFor } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { applyRule, DEFAULT_RULES, type RuleSet, ruleFor } from '../rules.ts';
import { anomalyTypes, type Finding } from './anomaly-types.ts';
import type { Decision, DetectorVote, MetricDecision, Severity } from './decision.ts';
import type { DeviceState, SeriesState } from './device-state.ts';
import { followEpisode } from './episode.ts';
import { explain } from './explanation.ts';
import { forestFinding, jointForestFinding, jointShares } from './forest-findings.ts';

export interface Decided {
  readonly decision: Decision;
  /** The device's state after this point, for its next one. */
  readonly state: DeviceState;
}

/**
 * Says whether a point is an anomaly, why, and what was expected.
 *
 * - bundle: null before any model exists: rules and the device's own history speak alone
 * - state: null for a device never seen: its point alone is looked at; the given state is not changed
 * - a reading that is not newer than the last of its series is scored on its point alone and not learned
 *
 * @throws InputError when a value or the time is not finite, or the point has no metric
 */
export function decide(
  bundle: ModelBundle | null,
  state: DeviceState | null,
  point: Point,
  rules: RuleSet = DEFAULT_RULES,
): Decided {
  checkPoint(point);
  const series = new Map(state?.series);
  const findings: Finding[] = [];
  const observed: Observed[] = [];
  let isNew = false;
  for (const [metric, value] of Object.entries(point.metrics)) {
    const before = state?.series.get(metric) ?? null;
    const one = observe(bundle, before?.history ?? null, point, metric, value, rules);
    observed.push(one);
    findings.push(...one.findings);
    if (one.history === before?.history) continue;
    isNew = true;
    series.set(metric, { history: one.history } satisfies SeriesState);
  }
  const joint = lookTogether(bundle, observed, point.placeType);
  if (joint !== null) findings.push(joint.finding);

  const metrics = decideMetrics(observed, joint);
  const score = findings.reduce((most, { level }) => Math.max(most, level), 0);
  const isAnomaly = 1 <= score;
  const step = isNew
    ? followEpisode(state?.episode ?? null, point.atMs, score, isAnomaly)
    : { state: state?.episode ?? null, episode: null, isStart: false };
  return {
    decision: {
      isAnomaly,
      score,
      threshold: 1,
      severity: worst(findings),
      types: anomalyTypes(findings),
      detectors: findings.map(toVote),
      metrics,
      explanation: explain(findings, metrics),
      alert: step.isStart,
      episode: step.episode,
    },
    state: { series, episode: step.state },
  };
}

/** One metric of the point: what the detectors of this metric alone find. */
interface Observed {
  readonly metric: string;
  readonly value: number;
  readonly features: PointFeatures;
  /** The series with this reading, or as it was when the reading came late. */
  readonly history: SeriesHistory;
  readonly findings: readonly Finding[];
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

function observe(
  bundle: ModelBundle | null,
  before: SeriesHistory | null,
  point: Point,
  metric: string,
  value: number,
  rules: RuleSet,
): Observed {
  const features = pointFeatures(before, point.atMs, value, bundle?.parameters.utcOffsetMinutes);
  const findings: Finding[] = [];
  const rule = ruleFor(rules, metric, point.placeType);
  const verdict = rule === null ? null : applyRule(rule, value);
  if (verdict !== null)
    findings.push({
      name: 'rule',
      metric,
      score: verdict.score,
      threshold: 1,
      level: verdict.score,
      severity: verdict.severity,
      direction: verdict.direction,
    });
  const model = bundle === null ? null : modelFor(bundle, [metric], point.placeType);
  if (model !== null) findings.push(forestFinding(model, features));
  const known: MetricStatistics | undefined = model?.statistics[0];
  return {
    metric,
    value,
    features,
    history: remember(before, point.atMs, value),
    findings,
    expected: known?.median ?? null,
    low: known?.low ?? verdict?.low ?? null,
    high: known?.high ?? verdict?.high ?? null,
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
): Joint | null {
  if (bundle === null || observed.length < 2) return null;
  const sorted = [...observed].sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const model = modelFor(
    bundle,
    sorted.map(({ metric }) => metric),
    placeType,
  );
  if (model === null) return null;
  const features = sorted.map((one) => one.features);
  const finding = jointForestFinding(model, features);
  const shares = finding.level < 1 ? [] : jointShares(model, features);
  return {
    finding,
    shares: new Map(sorted.map(({ metric }, i) => [metric, shares[i] ?? 0])),
  };
}

function decideMetrics(observed: readonly Observed[], joint: Joint | null): MetricDecision[] {
  const weights = observed.map(({ metric, findings }) => {
    const own = highestLevel(findings);
    const shared = (joint?.shares.get(metric) ?? 0) * (joint?.finding.level ?? 0);
    return Math.max(own, shared);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return observed.map(({ metric, value, findings, expected, low, high }, i) => {
    const score = highestLevel(findings);
    return {
      metric,
      value,
      score,
      threshold: 1,
      isAnomaly: 1 <= score,
      expected,
      low,
      high,
      contribution: sum === 0 ? 0 : (weights[i] as number) / sum,
    };
  });
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
