import { expect, test } from 'vitest';
import { trainBundle } from '../model/train-bundle.ts';
import { seededRandom } from '../random.ts';
import { decide } from './decide.ts';
import { decideAlone, decideBatch } from './decide-batch.ts';

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

test.each([1, 3, 700])('%i points get the decisions that each would get on its own', (count) => {
  const points = makePoints(count, 9);
  const one = points.map((point) => decide(bundle, null, point, RULES).decision);
  expect(decideBatch(bundle, points, RULES)).toEqual(one);
  expect(points.map((point) => decideAlone(bundle, point, RULES))).toEqual(one);
  if (count === 700) expect(one.filter(({ isAnomaly }) => isAnomaly).length).toBeGreaterThan(30);
});

test('without a model or rules the decisions say that nothing is known', () => {
  const points = makePoints(5, 1);
  const decisions = decideBatch(null, points);
  expect(decisions).toEqual(points.map((point) => decide(null, null, point).decision));
  expect(decisions[0]?.explanation).toContain('Nothing is known');
});

test('no points give no decisions, and one that is not finite refuses them all', () => {
  expect(decideBatch(bundle, [], RULES)).toEqual([]);
  const bad = { atMs: 0, metrics: { temperature: Number.NaN } };
  expect(() => decideBatch(bundle, [...makePoints(2, 2), bad])).toThrow('temperature is NaN');
  expect(() => decideAlone(bundle, { atMs: 0, metrics: {} })).toThrow('no metric');
});
