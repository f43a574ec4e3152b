import { InputError } from '../errors.ts';
import { type PointFeatures, pointFeatures } from '../features.ts';
import { scoreForest, scoreRow } from '../forest/score.ts';
import type { ModelBundle, TrainedModel } from '../model/bundle.ts';
import type { Point } from '../model/train-bundle.ts';
import { applyRule, NO_RULES, type RuleSet } from '../rules.ts';
import type { Finding } from './anomaly-types.ts';
import { conclude, findingsOf, lookTogether, startEpisode } from './conclude.ts';
import type { Decision } from './decision.ts';
import { NO_UNITS, type Units } from './explanation.ts';
import { ALMOST_ONE, forestFinding, jointForestFinding } from './forest-findings.ts';
import { observeAlone } from './observe.ts';
import { type ForestLook, type MetricLook, ordinaryDecision } from './ordinary-decision.ts';
import { type Plan, planOf } from './plan.ts';
import { type PointColumns, rowsOf } from './point-columns.ts';

/** What is said of many points. */
export interface BatchDecision {
  /** Of each point's decision, in their order; 1 and more is an anomaly. */
  readonly scores: readonly number[];
  /** All that is said of one point. Found when it is asked for: of most points, the score is enough. */
  decisionOf(place: number): Decision;
}

/**
 * Judges points by rules and forests alone, each as the first of a device never seen: nothing is remembered.
 *
 * - the decisions are exactly those of `decide` with the state null
 * - cost: all points go through each forest in one call; a forest of 100 × 256 takes about 0.5 µs a point, all
 *   else a tenth of it, and a decision that is asked for 0.3 µs, of an anomaly some µs
 *
 * @throws InputError when there is no metric, a column is longer or shorter than the times, or a number is not finite
 */
export function decideBatch(
  bundle: ModelBundle | null,
  points: PointColumns,
  rules: RuleSet = NO_RULES,
  units: Units = NO_UNITS,
): BatchDecision {
  checkColumns(points);
  const { times, values } = points;
  const plan = planOf(bundle, rules, points.metrics, points.placeType);
  const byForest = (model: TrainedModel, positions: readonly number[]) => {
    const columns = positions.map((position) => values[position] as readonly number[]);
    return lookByForest(model, times, columns, plan.utcOffsetMinutes);
  };
  const looks = plan.metrics.map(({ rule, model, positions }, m): MetricLook => {
    const own = values[m] as readonly number[];
    return {
      values: own,
      rule: rule && own.map((value) => applyRule(rule, value).score),
      forest: model && byForest(model, positions),
    };
  });
  const joint = plan.joint && byForest(plan.joint.model, plan.joint.positions);
  const scores = times.map(() => 0);
  for (const { rule, forest } of looks) {
    if (rule !== null) raise(scores, rule);
    if (forest !== null) raise(scores, forest.levels);
  }
  if (joint !== null) raise(scores, joint.levels);
  return {
    scores,
    decisionOf(place) {
      const score = scores[place] as number;
      return score < 1
        ? ordinaryDecision(plan, looks, joint, place, score)
        : weigh(plan, times[place] as number, looks, joint, place, units);
    },
  };
}

/** The decision about one point, see `decideBatch`. */
export function decideAlone(
  bundle: ModelBundle | null,
  { atMs, metrics, placeType }: Point,
  rules: RuleSet = NO_RULES,
  units: Units = NO_UNITS,
): Decision {
  const points = {
    metrics: Object.keys(metrics),
    times: [atMs],
    values: Object.values(metrics).map((value) => [value]),
    ...(placeType !== undefined && { placeType }),
  };
  return decideBatch(bundle, points, rules, units).decisionOf(0);
}

function checkColumns({ metrics, times, values }: PointColumns): void {
  if (metrics.length === 0) throw new InputError('the points have no metric');
  checkFinite('atMs', times);
  metrics.forEach((metric, m) => {
    const column = values[m];
    if (column?.length !== times.length)
      throw new InputError(`${metric} has ${column?.length} values, wanted ${times.length}`);
    checkFinite(metric, column);
  });
}

function checkFinite(name: string, column: readonly number[]): void {
  for (let i = 0; i < column.length; i++)
    if (!Number.isFinite(column[i]))
      throw new InputError(`${name} is ${column[i]}, wanted a finite number`);
}

/** - columns: of the forest's metrics, in its order */
function lookByForest(
  model: TrainedModel,
  times: readonly number[],
  columns: readonly (readonly number[])[],
  utcOffsetMinutes: number,
): ForestLook {
  const rows = rowsOf(times, columns, utcOffsetMinutes);
  const { forest, threshold } = model;
  const scores = times.length === 1 ? [scoreRow(forest, rows)] : scoreForest(forest, rows);
  const levels = times.map((_, i) => (scores[i] as number) / threshold);
  for (let i = 0; i < levels.length; i++) {
    // Above this it matters where the values lie.
    if ((levels[i] as number) <= ALMOST_ONE) continue;
    const features = columns.map((column) => firstFeatures(column[i] as number));
    levels[i] = findingOf(model, features, scores[i] as number).level;
  }
  return { scores, levels };
}

/** Of a first reading, but for the hour, which no band knows: its sine takes as long as all else here. */
function firstFeatures(value: number): PointFeatures {
  return {
    value,
    mean: value,
    ratePerMinute: 0,
    deviation: 0,
    range: 0,
    hourSine: 0,
    hourCosine: 0,
  };
}

function findingOf(
  model: TrainedModel,
  features: readonly PointFeatures[],
  score: number,
): Finding {
  const [first] = features as readonly [PointFeatures];
  return features.length === 1
    ? forestFinding(model, first, score, true)
    : jointForestFinding(model, features, score, true);
}

function raise(scores: number[], levels: readonly number[]): void {
  for (let i = 0; i < scores.length; i++)
    if ((scores[i] as number) < (levels[i] as number)) scores[i] = levels[i] as number;
}

/** Finds the words for an anomaly. */
function weigh(
  plan: Plan,
  atMs: number,
  looks: readonly MetricLook[],
  jointLook: ForestLook | null,
  place: number,
  units: Units,
): Decision {
  const features = looks.map(({ values }) =>
    pointFeatures(null, atMs, values[place] as number, plan.utcOffsetMinutes),
  );
  const observed = plan.metrics.map((one, m) => {
    const score = looks[m]?.forest?.scores[place] ?? 0;
    return observeAlone(one, features[m] as PointFeatures, score, true);
  });
  const jointScore = jointLook?.scores[place] ?? 0;
  const joint = plan.joint && lookTogether(plan.joint, features, jointScore, true);
  const findings = findingsOf(observed, joint);
  return conclude(observed, findings, joint, [], units, startEpisode(atMs)).decision;
}
