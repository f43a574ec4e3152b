import { type PointFeatures, pointFeatures } from '../features.ts';
import type { ModelBundle } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { NO_RULES, type RuleSet } from '../rules.ts';
import { conclude, findingsOf, lookTogether, startEpisode } from './conclude.ts';
import type { Decision } from './decision.ts';
import { NO_UNITS, type Units } from './explanation.ts';
import { scorePoints } from './forest-findings.ts';
import { observeAlone } from './observe.ts';
import { type Plan, planFor } from './plan.ts';

/**
 * Judges points by rules and forests alone, each as the first of a device never seen: nothing is remembered.
 *
 * - the decisions are exactly those of `decide` with the state null, in the order of the points
 * - cost: points with the same metrics at the same type of place go through each forest in one call; about
 *   0.5 µs for each forest of 100 × 256 and as much for the rest. No streaming detector runs, no state is made
 *
 * @throws InputError when a value or a time is not finite, or a point has no metric
 */
export function decideBatch(
  bundle: ModelBundle | null,
  points: readonly Point[],
  rules: RuleSet = NO_RULES,
  units: Units = NO_UNITS,
): Decision[] {
  const groups = new Map<Plan, number[]>();
  let plan: Plan | null = null;
  points.forEach((point, i) => {
    plan = planFor(bundle, rules, point, plan);
    const group = groups.get(plan);
    if (group === undefined) groups.set(plan, [i]);
    else group.push(i);
  });
  const decisions = new Array<Decision>(points.length);
  for (const [plan, indices] of groups) {
    const grouped = decideGroup(
      plan,
      indices.map((i) => points[i] as Point),
      units,
    );
    indices.forEach((index, i) => {
      decisions[index] = grouped[i] as Decision;
    });
  }
  return decisions;
}

/** One point, see `decideBatch`. */
export function decideAlone(
  bundle: ModelBundle | null,
  point: Point,
  rules: RuleSet = NO_RULES,
  units: Units = NO_UNITS,
): Decision {
  const [decision] = decideGroup(planFor(bundle, rules, point), [point], units);
  return decision as Decision;
}

function decideGroup(plan: Plan, points: readonly Point[], units: Units): Decision[] {
  const features = points.map((point) =>
    plan.metrics.map(({ metric }) =>
      pointFeatures(null, point.atMs, point.metrics[metric] as number, plan.utcOffsetMinutes),
    ),
  );
  const scores = plan.metrics.map(({ model, positions }) =>
    model === null ? null : scorePoints(model, features, positions),
  );
  const { joint: together } = plan;
  const jointScores =
    together === null ? null : scorePoints(together.model, features, together.positions);
  return points.map(({ atMs }, at) => {
    const ofPoint = features[at] as PointFeatures[];
    const observed = plan.metrics.map((one, i) =>
      observeAlone(one, ofPoint[i] as PointFeatures, scores[i]?.[at] ?? 0, true),
    );
    const joint =
      together === null ? null : lookTogether(together, ofPoint, jointScores?.[at] ?? 0, true);
    const findings = findingsOf(observed, joint);
    return conclude(observed, findings, joint, [], units, startEpisode(atMs)).decision;
  });
}
