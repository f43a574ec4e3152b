import type { Decision, DetectorVote, MetricDecision } from './decision.ts';
import { explainOrdinary } from './explanation.ts';
import type { MetricPlan, Plan } from './plan.ts';

/** What a rule and a forest say of one metric of many points. */
export interface MetricLook {
  readonly values: readonly number[];
  /** Null without a rule, or a forest. */
  readonly rule: readonly number[] | null;
  readonly forest: ForestLook | null;
}

export interface ForestLook {
  readonly scores: ArrayLike<number>;
  /** The scores against the threshold, as far as the values let them count. */
  readonly levels: readonly number[];
}

const NO_TYPES: readonly string[] = [];

/**
 * The decision about a point that nothing finds fault with: what `conclude` would say, in a fifth of the time.
 *
 * - looks: one a metric of the plan; place: of the point in them
 */
export function ordinaryDecision(
  plan: Plan,
  looks: readonly MetricLook[],
  joint: ForestLook | null,
  place: number,
  score: number,
): Decision {
  const detectors: DetectorVote[] = [];
  const metrics: MetricDecision[] = [];
  let sum = 0;
  for (let m = 0; m < looks.length; m++) sum += levelAt(looks[m] as MetricLook, place);
  for (let m = 0; m < looks.length; m++) {
    const look = looks[m] as MetricLook;
    const { metric, rule, model } = plan.metrics[m] as MetricPlan;
    if (look.rule !== null) detectors.push(vote('rule', metric, look.rule[place] as number, 1));
    if (look.forest !== null && model !== null) {
      const forestScore = look.forest.scores[place] as number;
      detectors.push(vote('forest', metric, forestScore, model.threshold));
    }
    const usual = model?.statistics[0];
    const level = levelAt(look, place);
    metrics.push({
      metric,
      value: look.values[place] as number,
      score: level,
      threshold: 1,
      isAnomaly: false,
      expected: usual?.median ?? null,
      low: usual?.low ?? rule?.low ?? null,
      high: usual?.high ?? rule?.high ?? null,
      contribution: sum === 0 ? 0 : level / sum,
    });
  }
  if (joint !== null && plan.joint !== null) {
    const { threshold } = plan.joint.model;
    detectors.push(vote('joint_forest', null, joint.scores[place] as number, threshold));
  }
  return {
    isAnomaly: false,
    score,
    threshold: 1,
    severity: 'normal',
    types: NO_TYPES,
    detectors,
    metrics,
    explanation: explainOrdinary(detectors.length),
    alert: false,
    episode: null,
  };
}

function levelAt({ rule, forest }: MetricLook, place: number): number {
  return Math.max(rule?.[place] ?? 0, forest?.levels[place] ?? 0);
}

function vote(name: string, metric: string | null, score: number, threshold: number): DetectorVote {
  return { name, metric, score, threshold, isAnomaly: false };
}
