import { expect, test } from 'vitest';
import { type Point, trainBundle } from '../model/train-bundle.ts';
import { seededRandom } from '../random.ts';
import { decide } from './decide.ts';
import { decideAlone, decideBatch } from './decide-batch.ts';
import type { PointColumns } from './point-columns.ts';

const RULES = {
  version: 'test',
  rules: [
    { metric: 'temperature', low: 18, high: 26, criticalHigh: 40 },
    { metric: 'temperature', placeType: 'lab', low: 15 },
  ],
};

/** Mostly ordinary points of two kinds of place, with one metric, two or three, some far off. */
function makePoints(count: number, seed: number) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const off = random() < 0.1 ? 15 : 0;
    const temperature = 21 + random() + off;
    const humidity = 45 + 5 * random() - off;
    return {
      atMs: Date.UTC(2026, 0, 1) + i * 60_000,
      metrics: [
        { temperature },
        { temperature, humidity },
        { humidity, temperature },
        { temperature, humidity, unheardOf: random() },
      ][Math.floor(4 * random())] as Record<string, number>,
      ...(i % 3 === 0 ? {} : { placeType: i % 3 === 1 ? 'office' : 'lab' }),
    };
  });
}

const { bundle } = trainBundle(
  ['office', 'lab'].map((placeType, i) => ({
    placeType,
    points: makePoints(600, i).map((point) => ({ ...point, placeType })),
  })),
  { trainedAt: '2026-01-01T00:00:00Z' },
);

/** The same points in columns, one batch for each set of metrics and type of place. */
function inColumns(points: readonly Point[]) {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const key = JSON.stringify([point.placeType ?? null, ...Object.keys(point.metrics)]);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].map((own) => ({ own, columns: columnsOf(own) }));
}

function columnsOf(points: readonly Point[]): PointColumns {
  const [{ metrics, placeType }] = points as readonly [Point];
  const names = Object.keys(metrics);
  return {
    metrics: names,
    times: points.map(({ atMs }) => atMs),
    values: names.map((name) => points.map((one) => one.metrics[name] as number)),
    ...(placeType !== undefined && { placeType }),
  };
}

test.each([1, 3, 2_000])('%i points get the decisions that each would get on its own', (count) => {
  const points = makePoints(count, 9);
  let anomalyCount = 0;
  for (const { own, columns } of inColumns(points)) {
    const { scores, decisionOf } = decideBatch(bundle, columns, RULES, { temperature: '°C' });
    own.forEach((point, i) => {
      const one = decide(bundle, null, point, RULES, { units: { temperature: '°C' } }).decision;
      expect(decisionOf(i)).toEqual(one);
      expect(scores[i]).toBe(one.score);
      expect(decideAlone(bundle, point, RULES, { temperature: '°C' })).toEqual(one);
      if (one.isAnomaly) anomalyCount++;
    });
  }
  if (count === 2_000) expect(anomalyCount).toBeGreaterThan(100);
});

test('readings far beyond what floats hold are judged as well', () => {
  const points = [1.7e308, -1.7e308, 0, -0].map((temperature) => ({
    atMs: -1e14,
    metrics: { temperature },
  }));
  const { decisionOf } = decideBatch(bundle, columnsOf(points));
  for (const [i, point] of points.entries())
    expect(decisionOf(i)).toEqual(decide(bundle, null, point).decision);
});

test('without a model or rules the decisions say that nothing is known', () => {
  for (const { own, columns } of inColumns(makePoints(5, 1))) {
    const { decisionOf } = decideBatch(null, columns);
    own.forEach((point, i) => {
      expect(decisionOf(i)).toEqual(decide(null, null, point).decision);
      expect(decisionOf(i).explanation).toContain('Nothing is known');
    });
  }
});

test('no points give no scores, and a number that is not finite refuses them all', () => {
  const columns = columnsOf(makePoints(1, 2));
  const [metric] = columns.metrics;
  const none: number[] = [];
  const empty = { ...columns, times: none, values: columns.values.map(() => none) };
  expect(decideBatch(bundle, empty, RULES).scores).toHaveLength(0);
  const bad = columns.values.map((column) => column.map(() => Number.NaN));
  expect(() => decideBatch(bundle, { ...columns, values: bad })).toThrow(`${metric} is NaN`);
  const late = { ...columns, times: columns.times.map(() => Number.POSITIVE_INFINITY) };
  expect(() => decideBatch(bundle, late)).toThrow('atMs is Infinity');
  const short = { ...columns, values: [none] };
  expect(() => decideBatch(bundle, short)).toThrow(`${metric} has 0 values`);
  expect(() => decideAlone(bundle, { atMs: 0, metrics: {} })).toThrow('no metric');
});
