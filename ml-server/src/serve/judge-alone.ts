import { type BatchReading, type Decision, METRIC_NAMES } from '@plumbline/contracts';
import {
  applyRule,
  type MetricStatistics,
  modelFor,
  type Rule,
  type RuleSet,
  ruleFor,
  type TrainedModel,
} from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import { forestScores } from './forest-scores.ts';
import { judge } from './judge.ts';
import type { MetricSet } from './plain-reading.ts';

/** A reading that passed all checks. */
export interface CheckedReading {
  readonly reading: BatchReading;
  readonly metrics: MetricSet;
  readonly atMs: number;
}

/** What is said of some readings. Asked by place, so that words are only found for those that need them. */
export interface Verdicts {
  /** True when nothing finds fault with it; then `scoreOf` is all there is to say. */
  isOrdinary(place: number): boolean;
  scoreOf(place: number): number;
  decisionOf(place: number): Decision;
  readonly groups: readonly Group[];
}

/** Readings with the same metrics at the same type of place, and what was found of them. */
export interface Group {
  readonly plan: Plan;
  readonly readings: readonly CheckedReading[];
  /** One a metric of the plan, each with one value a reading; scores are null without rule or forest. */
  readonly values: readonly (readonly number[])[];
  readonly ruleScores: readonly (readonly number[] | null)[];
  readonly forestScores: readonly (ArrayLike<number> | null)[];
  readonly jointScores: ArrayLike<number> | null;
  /** One a reading, NaN for one that is not ordinary. */
  readonly scores: readonly number[];
}

/** What judges readings of the same metrics at the same type of place. */
export interface Plan {
  readonly metrics: readonly MetricPlan[];
  /** For all metrics together, and which of `metrics` its forest reads in which order. */
  readonly joint: { readonly model: TrainedModel; readonly order: readonly number[] } | null;
}

interface MetricPlan {
  readonly name: (typeof METRIC_NAMES)[number];
  readonly rule: Rule | null;
  readonly model: TrainedModel | null;
}

/** Judges readings each by itself, as of devices never seen: by rules and forests. */
export interface JudgeAlone {
  one(model: LoadedModel | null, reading: CheckedReading): { decision: Decision; group: Group };
  many(model: LoadedModel | null, readings: readonly CheckedReading[]): Verdicts;
}

/** Sets of metrics and types of place are few; a client that makes them up must not fill the memory. */
const MAX_PLANS = 1_000;
const ALMOST_ONE = 0.999;

/**
 * Readings that nothing finds fault with are settled here, a whole batch by one walk through each forest; any
 * other goes through `judge`, which finds the words for it. Both say the same of the same reading.
 */
export function createJudgeAlone(rules: RuleSet): JudgeAlone {
  let planned: LoadedModel | null = null;
  let plans = new Map<string | number, Plan>();

  return {
    one(model, checked) {
      const group = look(planFor(model, checked), [checked], model);
      return { group, decision: decide(model, group, 0) };
    },
    many,
  };

  function many(model: LoadedModel | null, readings: readonly CheckedReading[]): Verdicts {
    const gathered = new Map<Plan, CheckedReading[]>();
    const plansOf = new Array<Plan>(readings.length);
    const placesOf = new Int32Array(readings.length);
    let last: CheckedReading[] = [];
    for (let i = 0; i < readings.length; i++) {
      const checked = readings[i] as CheckedReading;
      const plan = planFor(model, checked);
      if (i === 0 || plan !== plansOf[i - 1]) {
        last = gathered.get(plan) ?? [];
        gathered.set(plan, last);
      }
      plansOf[i] = plan;
      placesOf[i] = last.length;
      last.push(checked);
    }
    const groups = new Map(
      [...gathered].map(([plan, own]) => [plan, look(plan, own, model)] as const),
    );
    const groupOf = (place: number) => groups.get(plansOf[place] as Plan) as Group;
    const found = new Map<number, Decision>();
    const scoreOf = (place: number) => groupOf(place).scores[placesOf[place] as number] as number;
    return {
      groups: [...groups.values()],
      scoreOf,
      isOrdinary: (place) => !Number.isNaN(scoreOf(place)),
      decisionOf(place) {
        const group = groupOf(place);
        const at = placesOf[place] as number;
        if (!Number.isNaN(group.scores[at])) return decide(model, group, at);
        const decision = found.get(place) ?? decide(model, group, at);
        found.set(place, decision);
        return decision;
      },
    };
  }

  function decide(model: LoadedModel | null, group: Group, at: number): Decision {
    if (!Number.isNaN(group.scores[at])) {
      return ordinaryDecision(group, at, model?.version ?? null);
    }
    const { reading, atMs } = group.readings[at] as CheckedReading;
    return judge(model, rules, null, reading, atMs).decision;
  }

  function planFor(model: LoadedModel | null, { reading, metrics }: CheckedReading): Plan {
    if (model !== planned || MAX_PLANS < plans.size) {
      planned = model;
      plans = new Map();
    }
    const placeType = reading.place?.type;
    const key = placeType === undefined ? metrics : `${metrics} ${placeType}`;
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = planOf(model, rules, metrics, placeType);
      plans.set(key, plan);
    }
    return plan;
  }
}

function planOf(
  model: LoadedModel | null,
  rules: RuleSet,
  metrics: MetricSet,
  placeType: string | undefined,
): Plan {
  const find = (names: readonly string[]) =>
    model === null ? null : modelFor(model.bundle, names, placeType);
  const names = METRIC_NAMES.filter((_, i) => (metrics & (1 << i)) !== 0);
  const sorted = [...names].sort();
  const joint = names.length < 2 ? null : find(sorted);
  return {
    metrics: names.map((name) => ({
      name,
      rule: ruleFor(rules, name, placeType),
      model: find([name]),
    })),
    joint: joint && { model: joint, order: sorted.map((name) => names.indexOf(name)) },
  };
}

function look(plan: Plan, readings: readonly CheckedReading[], model: LoadedModel | null): Group {
  const offset = model?.bundle.parameters.utcOffsetMinutes ?? 0;
  const times = readings.map(({ atMs }) => atMs);
  const values = plan.metrics.map(({ name }) =>
    readings.map(({ reading }) => reading[name] as number),
  );
  const scores = readings.map(() => 0);
  const ruleScores = plan.metrics.map(({ rule }, m) =>
    rule === null ? null : byRule(rule, values[m] as readonly number[], scores),
  );
  const byForest = (forest: TrainedModel, read: readonly (readonly number[])[]) => {
    const found = forestScores(forest, times, read, offset);
    byForests(forest, read, found, scores);
    return found;
  };
  const { joint } = plan;
  return {
    plan,
    readings,
    values,
    ruleScores,
    forestScores: plan.metrics.map((one, m) =>
      one.model === null ? null : byForest(one.model, [values[m] as readonly number[]]),
    ),
    jointScores:
      joint &&
      byForest(
        joint.model,
        joint.order.map((m) => values[m] as readonly number[]),
      ),
    scores,
  };
}

/** Raises the scores to what the rule says; NaN where a value is beyond it. */
function byRule(rule: Rule, values: readonly number[], scores: number[]): number[] {
  return values.map((value, i) => {
    const { score, direction } = applyRule(rule, value);
    raise(scores, i, direction === null ? score : Number.NaN);
    return score;
  });
}

/** Raises the scores to what a forest says; NaN where that makes an anomaly. */
function byForests(
  model: TrainedModel,
  values: readonly (readonly number[])[],
  found: ArrayLike<number>,
  scores: number[],
): void {
  for (let i = 0; i < found.length; i++) {
    const level = levelOf(model, values, found, i);
    raise(scores, i, level < 1 ? level : Number.NaN);
  }
}

/** The forest's score against its threshold; it may only make an anomaly of a value outside its band. */
function levelOf(
  { threshold, statistics }: TrainedModel,
  values: readonly (readonly number[])[],
  found: ArrayLike<number>,
  at: number,
): number {
  const level = (found[at] as number) / threshold;
  if (level <= ALMOST_ONE) return level;
  const isOutside = values.some((own, m) =>
    isOutOfBand(own[at] as number, statistics[m] as MetricStatistics),
  );
  return isOutside ? level : ALMOST_ONE;
}

/** Math.max keeps NaN. */
function raise(scores: number[], at: number, level: number): void {
  scores[at] = Math.max(scores[at] as number, level);
}

/** A metric that did not vary in training has no band. */
function isOutOfBand(value: number, { median, low, high }: MetricStatistics): boolean {
  return low < high && (value < median - (median - low) || median + (high - median) < value);
}

function ordinaryDecision(group: Group, at: number, modelVersion: string | null): Decision {
  const { plan, values, ruleScores, forestScores, jointScores, scores } = group;
  const detectors: Decision['detectors'] = [];
  const levels = plan.metrics.map(({ model }, m) => {
    const rule = ruleScores[m]?.[at];
    const forest = forestScores[m];
    if (rule !== undefined) vote(detectors, 'rule', rule, 1);
    if (forest === null || forest === undefined || model === null) return rule ?? 0;
    vote(detectors, 'forest', forest[at] as number, model.threshold);
    return Math.max(rule ?? 0, levelOf(model, [values[m] as readonly number[]], forest, at));
  });
  const joint = jointScores?.[at];
  if (joint !== undefined && plan.joint !== null) {
    vote(detectors, 'joint_forest', joint, plan.joint.model.threshold);
  }
  const sum = levels.reduce((a, b) => a + b, 0);
  return {
    is_anomaly: false,
    score: scores[at] as number,
    threshold: 1,
    severity: 'normal',
    anomaly_types: [],
    is_alert: false,
    explanation:
      detectors.length === 0
        ? 'Nothing is known about these metrics yet: no rule, no model, no history'
        : 'Nothing unusual',
    detectors,
    metrics: plan.metrics.map(({ name, rule, model }, m) => {
      const statistics = model?.statistics[0];
      const level = levels[m] as number;
      return {
        metric: name,
        value: (values[m] as readonly number[])[at] as number,
        expected: statistics?.median ?? null,
        low: statistics?.low ?? rule?.low ?? null,
        high: statistics?.high ?? rule?.high ?? null,
        score: level,
        threshold: 1,
        is_anomaly: false,
        share: sum === 0 ? 0 : level / sum,
      };
    }),
    model_version: modelVersion,
  };
}

/** The answer has each detector once, with the vote that counts. */
function vote(
  detectors: Decision['detectors'],
  detector: string,
  score: number,
  threshold: number,
): void {
  const next = { detector, score, threshold, is_anomaly: false };
  const at = detectors.findIndex((one) => one.detector === detector);
  const known = detectors[at];
  if (known === undefined) detectors.push(next);
  else if (known.score * threshold < score * known.threshold) detectors[at] = next;
}
