import type { PointFeatures } from '../features.ts';
import { anomalyTypes, type Finding } from './anomaly-types.ts';
import type { Decision, DetectorVote, MetricDecision, Severity } from './decision.ts';
import { type EpisodeStep, followEpisode } from './episode.ts';
import { explain, type Units } from './explanation.ts';
import { jointForestFinding, jointShares } from './forest-findings.ts';
import type { Observed } from './observe.ts';
import type { JointPlan } from './plan.ts';

/** What the forest of all metrics together says, and each metric's share of it in the point's order. */
export interface Joint {
  readonly finding: Finding;
  readonly shares: readonly number[];
}

/** - features: in the order of the point; score: of the joint forest */
export function lookTogether(
  plan: JointPlan,
  features: readonly PointFeatures[],
  score: number,
  isNewDevice: boolean,
): Joint {
  const ordered = plan.positions.map((position) => features[position] as PointFeatures);
  const finding = jointForestFinding(plan.model, ordered, score, isNewDevice);
  const shares = new Array<number>(features.length).fill(0);
  if (1 <= finding.level)
    jointShares(plan.model, ordered, score).forEach((share, i) => {
      shares[plan.positions[i] as number] = share;
    });
  return { finding, shares };
}

/** All findings of the rules and the forests, in the order of the metrics. */
export function findingsOf(observed: readonly Observed[], joint: Joint | null): Finding[] {
  const findings: Finding[] = [];
  for (const one of observed) for (const finding of one.findings) findings.push(finding);
  if (joint !== null) findings.push(joint.finding);
  return findings;
}

/**
 * Puts together what was found: the strongest finding is the decision.
 *
 * - findings: of all detectors; votes: of detectors behind them, told and not weighed again
 * - follow: what the decision means for the device's episode
 */
export function conclude(
  observed: readonly Observed[],
  findings: readonly Finding[],
  joint: Joint | null,
  votes: readonly DetectorVote[],
  units: Units,
  follow: (score: number, isAnomaly: boolean) => EpisodeStep,
): { readonly decision: Decision; readonly step: EpisodeStep } {
  const score = highestLevel(findings);
  const isAnomaly = 1 <= score;
  const metrics = decideMetrics(observed, findings, joint);
  const step = follow(score, isAnomaly);
  const isSudden = isAnomaly && observed.some((one) => one.isSudden);
  const detectors = findings.map(toVote);
  for (const vote of votes) detectors.push(vote);
  const decision: Decision = {
    isAnomaly,
    score,
    threshold: 1,
    severity: worst(findings),
    types: isAnomaly ? anomalyTypes(findings, isSudden) : [],
    detectors,
    metrics,
    explanation: explain(findings, metrics, units),
    alert: step.isStart,
    episode: step.episode,
  };
  return { decision, step };
}

/** Of a device never seen: what is an anomaly starts an episode. */
export function startEpisode(atMs: number): (score: number, isAnomaly: boolean) => EpisodeStep {
  return (score, isAnomaly) => followEpisode(null, atMs, score, isAnomaly);
}

function decideMetrics(
  observed: readonly Observed[],
  findings: readonly Finding[],
  joint: Joint | null,
): MetricDecision[] {
  const levels = observed.map(({ metric }) => highestLevel(findings, metric));
  const jointLevel = joint?.finding.level ?? 0;
  const weights = levels.map((level, i) =>
    Math.max(level, ((joint?.shares[i] as number | undefined) ?? 0) * jointLevel),
  );
  let sum = 0;
  for (const weight of weights) sum += weight;
  return observed.map(({ metric, value, expected, low, high }, i) => {
    const score = levels[i] as number;
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

/** Of the findings about one metric, or of all. */
function highestLevel(findings: readonly Finding[], metric?: string): number {
  let most = 0;
  for (const finding of findings)
    if ((metric === undefined || finding.metric === metric) && most < finding.level)
      most = finding.level;
  return most;
}

function worst(findings: readonly Finding[]): Severity {
  let isWarning = false;
  for (const { severity } of findings) {
    if (severity === 'critical') return severity;
    if (severity === 'warning') isWarning = true;
  }
  return isWarning ? 'warning' : 'normal';
}

function toVote({ name, metric, score, threshold, level }: Finding): DetectorVote {
  return { name, metric, score, threshold, isAnomaly: 1 <= level };
}
