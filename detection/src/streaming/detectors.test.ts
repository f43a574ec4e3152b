import { describe, expect, test } from 'vitest';
import { rocAuc } from '../evaluation/roc-auc.ts';
import { seededRandom } from '../random.ts';
import type { Detector, Reading } from './detector.ts';
import { ewmaResidual } from './ewma-residual.ts';
import { jump } from './jump.ts';
import { mahalanobis } from './mahalanobis.ts';
import { percentileLimits } from './percentile-limits.ts';
import { createRandomCutForest } from './random-cut-forest.ts';
import { loadCutForest, saveCutForest } from './saved-cut-forest.ts';
import { shapeDistance } from './shape-distance.ts';
import { stuck } from './stuck.ts';
import { timeOfDay } from './time-of-day.ts';
import { varianceRatio } from './variance-ratio.ts';
import { robustZScore, zScore } from './z-score.ts';

const MINUTE_MS = 60_000;
const COUNT = 3000;
const DAY = 1440;

interface Scenario {
  readonly values: readonly number[];
  readonly labels: readonly number[];
}

/** Noise on a day's wave; the readings that `isFault` picks are what `fault` makes of them. */
function series(
  amplitude: number,
  isFault: (i: number) => boolean,
  fault: (value: number, i: number, values: readonly number[]) => number,
): Scenario {
  const random = seededRandom(7);
  const values: number[] = [];
  const labels: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const noise = random() + random() + random() - 1.5;
    const value = 20 + amplitude * Math.sin((2 * Math.PI * i) / DAY) + 0.3 * noise;
    const isAnomaly = 500 < i && isFault(i);
    values.push(isAnomaly ? fault(value, i, values) : value);
    labels.push(isAnomaly ? 1 : 0);
  }
  return { values, labels };
}

const spikes = series(
  3,
  (i) => i % 97 === 0,
  (value, i) => value + (i % 2 ? 3 : -3),
);
const rareSpikes = series(
  0,
  (i) => i % 197 === 0,
  (value) => value + 3,
);
const wrongTime = series(
  3,
  (i) => 2600 <= i && i < 2620,
  (value) => 40 - value,
);
const wildness = series(
  0,
  (i) => 2000 <= i && i < 2100,
  (value, i) => value + 4 * Math.sin(i * 7919),
);
const freezing = series(
  3,
  (i) => i % 300 < 20,
  (_value, _i, values) => values.at(-1) as number,
);

const toReadings = ({ values }: Scenario): Reading[] =>
  values.map((value, i) => ({ atMs: i * MINUTE_MS, value }));

/** Two metrics that move together, but for the labelled stretch. */
const brokenRelation = (() => {
  const random = seededRandom(8);
  const labels = Array.from({ length: COUNT }, (_, i) => (2000 <= i && i < 2200 ? 1 : 0));
  const rows = labels.map((label, i) => {
    const common = Math.sin(i / 40);
    return [20 + common + 0.1 * random(), 50 + 5 * (label ? -common : common) + 0.5 * random()];
  });
  return { rows, labels };
})();

/** A detector at work: followed value by value, its model plain data that another can go on from. */
interface Follower<Value> {
  follow(value: Value): number;
  save(): unknown;
}

interface Case<Model, Value> {
  readonly name: string;
  readonly warmUp: number;
  begin(saved?: unknown): Follower<Value>;
  /** Null: it has a life, so there is no model to leave unchanged. */
  readonly detector: Detector<Model, Value> | null;
  readonly values: readonly Value[];
  readonly labels: readonly number[];
  /** What the detector reaches at least on the scenario that it is for. */
  readonly auc: number;
  readonly toValue: (number: number) => Value;
}

/** A pure detector as a follower. */
function pure<Model, Value>(detector: Detector<Model, Value>) {
  return {
    name: detector.name,
    warmUp: detector.warmUp,
    detector,
    begin(saved?: unknown): Follower<Value> {
      let model = saved === undefined ? detector.start : (saved as Model);
      return {
        follow(value) {
          const score = detector.score(model, value);
          model = detector.learn(model, value);
          return score;
        },
        save: () => model,
      };
    },
  };
}

function onSeries<Model>(
  detector: Detector<Model>,
  scenario: Scenario,
  auc: number,
): Case<unknown, unknown> {
  const { labels } = scenario;
  const values = toReadings(scenario);
  const toValue = (value: number): Reading => ({ atMs: COUNT * MINUTE_MS, value });
  return { ...pure(detector), values, labels, auc, toValue } as Case<unknown, unknown>;
}

const cases: Case<unknown, unknown>[] = [
  onSeries(zScore(), spikes, 0.99),
  onSeries(robustZScore(), spikes, 0.98),
  onSeries(percentileLimits, rareSpikes, 0.98),
  onSeries(jump, spikes, 0.99),
  onSeries(ewmaResidual, spikes, 0.98),
  onSeries(shapeDistance({ length: 10, neighbours: 10, lookBack: 1000 }), wildness, 0.95),
  onSeries(shapeDistance({ length: 48, neighbours: 5, lookBack: 2000 }), wildness, 0.95),
  onSeries(timeOfDay, wrongTime, 0.95),
  onSeries(varianceRatio, wildness, 0.75),
  onSeries(stuck, freezing, 0.9),
  {
    ...pure(mahalanobis()),
    values: brokenRelation.rows,
    labels: brokenRelation.labels,
    auc: 0.9,
    toValue: (value: number) => [value, value],
  } as Case<unknown, unknown>,
  {
    name: 'random_cut_forest',
    warmUp: 1,
    detector: null,
    begin(saved?: unknown) {
      const options = { dimensions: 2, treeCount: 20, size: 128 };
      const forest = saved === undefined ? createRandomCutForest(options) : loadCutForest(saved);
      return { follow: forest.follow, save: () => saveCutForest(forest) };
    },
    // A shingle of two: a spike stands apart from all others.
    values: rareSpikes.values.map((value, i) => [value, rareSpikes.values[i - 1] ?? value]),
    labels: rareSpikes.labels,
    auc: 0.95,
    toValue: (value: number) => [value, value],
  } as Case<unknown, unknown>,
];

/** Scores of all values, each learned after it was scored, and the follower at the end. */
function run({ begin }: Case<unknown, unknown>, values: readonly unknown[]) {
  const follower = begin();
  return { scores: values.map((value) => follower.follow(value)), follower };
}

describe.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
  const { detector, values, labels, auc, toValue } = one;

  test('tells what it is for from the ordinary', () => {
    const { scores } = run(one, values);
    const from = 600;
    expect(rocAuc(scores.slice(from), labels.slice(from))).toBeGreaterThan(auc);
  });

  test('is deterministic', () => {
    expect(run(one, values).scores).toEqual(run(one, values).scores);
  });

  if (detector !== null)
    test('scores without changing the model, and learns without changing the given one', () => {
      const { score, learn } = detector;
      const model = run(one, values.slice(0, 1500)).follower.save();
      const next = values[1500];
      const first = score(model, next);
      const learned = learn(model, toValue(1e6));
      learn(learn(learned, next), next);
      expect(score(model, next)).toBe(first);
    });

  test('goes on alike from a copy of its model, which is plain data', () => {
    const { follower } = run(one, values.slice(0, 1000));
    const copy = one.begin(structuredClone(follower.save()));
    for (const value of values.slice(1000, 1300))
      expect(copy.follow(value)).toBe(follower.follow(value));
  });

  test('is silent during its warm-up', () => {
    const { scores } = run(one, values.slice(0, one.warmUp));
    expect(new Set(scores)).toEqual(new Set([0]));
  });

  test.each([
    ['a flat line', () => 21.5],
    ['a flat line with a jump', (i: number) => (i === 900 ? 30 : 21.5)],
    ['huge values', (i: number) => (i % 3 === 0 ? 1e300 : -1e300)],
    ['tiny values', (i: number) => (i % 2) * 1e-300],
    ['a huge level', (i: number) => 1e15 + (i % 5)],
    ['a huge spike', (i: number) => (i % 250 === 249 ? 1e200 : i % 10)],
  ])('gives finite scores from 0 on %s', (_what, value) => {
    const numbers = Array.from({ length: 1000 }, (_, i) => {
      const at = toValue(value(i));
      return Array.isArray(at) ? at : { ...(at as Reading), atMs: i * MINUTE_MS };
    });
    for (const score of run(one, numbers).scores) {
      expect(Number.isFinite(score)).toBe(true);
      expect(score).toBeGreaterThanOrEqual(0);
    }
  });

  test('stays bounded', () => {
    const bytes = (count: number) => {
      const many = Array.from({ length: count }, (_, i) => values[i % COUNT]);
      return JSON.stringify(run(one, many).follower.save()).length;
    };
    // JSON of typed arrays is wordy, but it grows only while the model does.
    expect(bytes(5000)).toBeLessThan(1.2 * bytes(3500));
  });
});
