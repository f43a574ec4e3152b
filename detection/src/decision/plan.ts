import { InputError } from '../errors.ts';
import { type ModelBundle, modelFor, type TrainedModel } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { type Rule, type RuleSet, ruleFor } from '../rules.ts';

/** What a point is held against: looked up once for all points with the same metrics and type of place. */
export interface Plan {
  readonly placeType: string | undefined;
  readonly utcOffsetMinutes: number;
  /** One a metric, in the order of the point. */
  readonly metrics: readonly MetricPlan[];
  /** The forest of all metrics together; null when there is none. */
  readonly joint: JointPlan | null;
}

export interface MetricPlan {
  readonly metric: string;
  readonly rule: Rule | null;
  readonly model: TrainedModel | null;
  /** Its position in the point, alone. */
  readonly positions: readonly number[];
}

export interface JointPlan {
  readonly model: TrainedModel;
  /** For each metric of the model, in its order, the metric's position in the point. */
  readonly positions: readonly number[];
}

/** Combinations of metrics and places come from outside, so what is kept of them is bounded. */
const MAX_PLANS = 1000;
const NO_BUNDLE = {};
const plans = new WeakMap<object, WeakMap<RuleSet, Map<string, Plan>>>();

/**
 * The plan for a point.
 *
 * @throws InputError when a value or the time is not finite, or the point has no metric
 */
export function planFor(
  bundle: ModelBundle | null,
  rules: RuleSet,
  { atMs, metrics, placeType }: Point,
): Plan {
  if (!Number.isFinite(atMs)) throw new InputError(`atMs is ${atMs}, wanted a finite time`);
  const names = Object.keys(metrics);
  for (const metric of names)
    if (!Number.isFinite(metrics[metric]))
      throw new InputError(`${metric} is ${metrics[metric]}, wanted a finite number`);
  if (names.length === 0) throw new InputError('the point has no metric');
  return planOf(bundle, rules, names, placeType);
}

let last: {
  bundle: ModelBundle | null;
  rules: RuleSet;
  names: readonly string[];
  plan: Plan;
} | null = null;

/** The plan for points with these metrics, in their order, at a type of place; that of the call before is found soonest. */
export function planOf(
  bundle: ModelBundle | null,
  rules: RuleSet,
  names: readonly string[],
  placeType: string | undefined,
): Plan {
  if (
    last?.bundle === bundle &&
    last.rules === rules &&
    last.names === names &&
    last.plan.placeType === placeType
  )
    return last.plan;
  const known = plansOf(bundle ?? NO_BUNDLE, rules);
  const key = JSON.stringify([placeType ?? null, ...names]);
  let plan = known.get(key);
  if (plan === undefined) {
    plan = makePlan(bundle, rules, names, placeType);
    if (MAX_PLANS <= known.size) known.clear();
    known.set(key, plan);
  }
  last = { bundle, rules, names, plan };
  return plan;
}

function plansOf(bundle: object, rules: RuleSet): Map<string, Plan> {
  let byRules = plans.get(bundle);
  if (byRules === undefined) {
    byRules = new WeakMap();
    plans.set(bundle, byRules);
  }
  let byKey = byRules.get(rules);
  if (byKey === undefined) {
    byKey = new Map();
    byRules.set(rules, byKey);
  }
  return byKey;
}

function makePlan(
  bundle: ModelBundle | null,
  rules: RuleSet,
  names: readonly string[],
  placeType: string | undefined,
): Plan {
  const sorted = [...names].sort();
  const model = bundle === null || names.length < 2 ? null : modelFor(bundle, sorted, placeType);
  return {
    placeType,
    utcOffsetMinutes: bundle?.parameters.utcOffsetMinutes ?? 0,
    metrics: names.map((metric, i) => ({
      metric,
      positions: [i],
      rule: ruleFor(rules, metric, placeType),
      model: bundle === null ? null : modelFor(bundle, [metric], placeType),
    })),
    joint:
      model === null ? null : { model, positions: sorted.map((metric) => names.indexOf(metric)) },
  };
}
