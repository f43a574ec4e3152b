import { fitForest, scoreForest, seededRandom } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { float32Below, floorToFloat32 } from '../model/foreign-trees.ts';
import { growByNpm } from './grow-by-npm.ts';

/** A cloud of ordinary rows around 0, and a few far out, at the end. */
function cloud(ordinary: number, odd: number): Float32Array {
  const random = seededRandom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: 2 * (ordinary + odd) }, (_, i) =>
    i < 2 * ordinary ? normal() : 6 + normal(),
  );
}

test('the package as engine finds what lies far out, as our own does', () => {
  const rows = cloud(1_000, 10);
  for (const grow of [growByNpm, fitForest]) {
    const scores = [...scoreForest(grow(rows, 2, { seed: 1 }), rows)];
    const lowestOdd = Math.min(...scores.slice(1_000));
    const above = scores.slice(0, 1_000).filter((score) => lowestOdd <= score).length;
    expect(above).toBeLessThan(10);
  }
});

test('its forests are seeded, and Math.random is as before', () => {
  const before = Math.random;
  const rows = cloud(300, 0);
  expect(growByNpm(rows, 2, { seed: 1 })).toEqual(growByNpm(rows, 2, { seed: 1 }));
  expect(growByNpm(rows, 2, { seed: 2 })).not.toEqual(growByNpm(rows, 2, { seed: 1 }));
  expect(Math.random).toBe(before);
});

test('a column that never changes does no harm', () => {
  const rows = Float32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 5 : i / 100));
  const scores = scoreForest(growByNpm(rows, 2, { treeCount: 10 }), rows);
  expect(scores.every(Number.isFinite)).toBe(true);
});

test.each([
  [1, 1],
  [0.1, 0.09999999403953552], // 32-bit neighbours of 0.1: 0.0999999940… and 0.1000000015…
  [-0.1, -0.10000000149011612],
])('the greatest 32-bit number not above %d is %d', (value, floor) => {
  expect(floorToFloat32(value)).toBe(floor);
});

test.each([1, -1, 0, 1e-30, 123.456])(
  'nothing in 32 bits lies between a number and the one below it',
  (value) => {
    const given = Math.fround(value);
    const below = float32Below(given);
    expect(below).toBeLessThan(given);
    const middle = Math.fround((below + given) / 2);
    expect([below, given]).toContain(middle);
  },
);
