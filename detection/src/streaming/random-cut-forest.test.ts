import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { createRandomCutForest } from './random-cut-forest.ts';

describe('a random cut forest', () => {
  // The example of kLabUM/rrcf's README: a sine with a plateau from 235 to 254, shingles of 4. Its own forest
  // peaks there too; the reference implementation's median displacement is 3.67.
  test('peaks at the plateau of a sine', () => {
    const signal = Array.from({ length: 730 }, (_, t) =>
      235 <= t && t < 255 ? 80 : 50 * Math.sin((2 * Math.PI * (t - 30)) / 100) + 100,
    );
    const forest = createRandomCutForest({ dimensions: 4 });
    const scores = signal.slice(3).map((_, i) => forest.follow(signal.slice(i, i + 4)));
    const peak = scores.indexOf(Math.max(...scores.slice(20)));
    expect(peak).toBeGreaterThanOrEqual(231);
    expect(peak).toBeLessThanOrEqual(256);
    const median = [...scores.slice(20)].sort((a, b) => a - b)[353] as number;
    expect(median).toBeGreaterThan(3);
    expect(median).toBeLessThan(4.5);
  });

  test('displaces everything for a point far from all others', () => {
    const random = seededRandom(1);
    const forest = createRandomCutForest({ dimensions: 2, size: 64 });
    for (let i = 0; i < 200; i++) forest.follow([random(), random()]);
    expect(forest.follow([1e6, 1e6])).toBeGreaterThan(50);
    expect(forest.follow([0.5, 0.5])).toBeLessThan(20);
  });

  test('forgets: what was far away is ordinary once the stream has moved there', () => {
    const random = seededRandom(2);
    const forest = createRandomCutForest({ dimensions: 1, size: 50 });
    for (let i = 0; i < 100; i++) forest.follow([random()]);
    for (let i = 0; i < 100; i++) forest.follow([1000 + random()]);
    expect(forest.follow([1000.5])).toBeLessThan(20);
    expect(forest.follow([0.5])).toBeGreaterThan(40);
  });

  test('is exact on equal points: they share a leaf and displace nothing', () => {
    const forest = createRandomCutForest({ dimensions: 3, size: 16 });
    for (let i = 0; i < 100; i++) expect(forest.follow([1, 2, 3])).toBe(0);
    // One stranger among 16: without it its sibling of 15 would be the root.
    expect(forest.follow([9, 2, 3])).toBe(15);
  });

  test('stays finite and in its bounds on coarse, huge and repeated values', () => {
    const random = seededRandom(3);
    const forest = createRandomCutForest({ dimensions: 2, size: 32, treeCount: 10 });
    for (let i = 0; i < 3000; i++) {
      const scale = i % 7 === 0 ? 1e300 : 1;
      const score = forest.follow([Math.floor(3 * random()) * scale, Math.floor(2 * random())]);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(31);
    }
  });

  test('is deterministic', () => {
    const run = (seed: number) => {
      const random = seededRandom(4);
      const forest = createRandomCutForest({ dimensions: 2, size: 20, seed });
      return Array.from({ length: 100 }, () => forest.follow([random(), random()]));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  test.each([[[1]], [[1, Number.NaN]], [[1, 2, 3]]])('refuses the point %o', (point) => {
    expect(() => createRandomCutForest({ dimensions: 2 }).follow(point)).toThrow(
      '2 finite numbers',
    );
  });
});
