import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { createRandomCutForest } from './random-cut-forest.ts';
import { loadCutForest, saveCutForest } from './saved-cut-forest.ts';

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

  test.each([
    [[1], 'the point has 1 numbers, wanted 2'],
    [[1, Number.NaN], 'number 1 of the point is NaN'],
    [[1, 2, 3], 'the point has 3 numbers, wanted 2'],
  ])('refuses the point %o', (point, message) => {
    expect(() => createRandomCutForest({ dimensions: 2 }).follow(point)).toThrow(message);
  });
});

describe('a saved random cut forest', () => {
  const random = seededRandom(12);
  /** Coarse, so that points share leaves. */
  const draw = () => [
    Math.floor(6 * random()),
    Math.floor(6 * random()) / 3,
    random() < 0.1 ? 9 : 0,
  ];
  const grown = (points: number) => {
    const forest = createRandomCutForest({ dimensions: 3, treeCount: 8, size: 64 });
    for (let i = 0; i < points; i++) forest.follow(draw());
    return forest;
  };

  test.each([0, 1, 40, 500])('goes on alike after %i points', (points) => {
    const forest = grown(points);
    const copy = loadCutForest(JSON.parse(JSON.stringify(saveCutForest(forest))));
    expect(saveCutForest(copy)).toEqual(saveCutForest(forest));
    for (let i = 0; i < 300; i++) {
      const point = draw();
      expect(copy.follow(point)).toBe(forest.follow(point));
    }
  });

  test('takes a fraction of the memory', () => {
    const forest = createRandomCutForest({ dimensions: 4 });
    for (let i = 0; i < 1000; i++) forest.follow([random(), random(), random(), random()]);
    expect(JSON.stringify(saveCutForest(forest)).length).toBeLessThan(180_000);
  });

  const saved = saveCutForest(grown(200));
  const bytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const text = (array: Uint8Array) => btoa(String.fromCharCode(...array));
  const flipped = (part: string, at: number) =>
    text(bytes(part).with(at, (bytes(part)[at] as number) ^ 0x5f));
  test.each([
    ['of another version', { version: 2 }, 'wanted plumbline-cut-forest 1'],
    ['with too few points', { points: text(new Uint8Array(12)) }, 'points holds 3 numbers'],
    [
      'that ends early',
      { cutDimensions: text(bytes(saved.cutDimensions).slice(0, 9)) },
      'ends inside',
    ],
    [
      'with a node too many',
      { cutDimensions: text(Uint8Array.of(...bytes(saved.cutDimensions), 255)) },
      'beyond',
    ],
    ['that cuts elsewhere', { cuts: flipped(saved.cuts, 3) }, /wrong side|not finite/],
    [
      'that cuts a dimension too many',
      { cutDimensions: text(bytes(saved.cutDimensions).with(0, 7)) },
      'dimension 7',
    ],
    [
      'with points in other leaves',
      { leaves: text(bytes(saved.leaves).toReversed()) },
      /leaf|leaves|side/,
    ],
    ['with too large a size', { size: 1e9 }, 'size is 1000000000'],
  ])('%s is refused', (_what, change, message) => {
    expect(() => loadCutForest({ ...saved, ...change })).toThrow(message);
  });
});
