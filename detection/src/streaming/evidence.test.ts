import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { learnRarity, RARITY_WARM_UP, rarityDecades, START_RARITY } from './rarity.ts';
import { shapeDistance } from './shape-distance.ts';
import { noScores, rememberScore, TAIL_CAPACITY, tailDecades } from './tail-probability.ts';
import { append, emptyFloatWindow, sizeOf } from './window.ts';

describe('a window', () => {
  const contents = ({ buffer, start, end }: ReturnType<typeof emptyFloatWindow>) => [
    ...buffer.subarray(start, end),
  ];

  test('holds the newest numbers and counts all', () => {
    let window = emptyFloatWindow(5);
    for (let i = 1; i <= 100; i++) window = append(window, i);
    expect(contents(window)).toEqual([96, 97, 98, 99, 100]);
    expect([sizeOf(window), window.count]).toEqual([5, 100]);
  });

  test('is not changed by its successors, however many it has', () => {
    let window = emptyFloatWindow(40);
    for (let i = 1; i <= 39; i++) window = append(window, i);
    const before = contents(window);
    const one = append(window, 100);
    const other = append(window, 200);
    const further = append(append(one, 101), 102);
    expect(contents(window)).toEqual(before);
    expect(contents(one)).toEqual([...before, 100]);
    expect(contents(other)).toEqual([...before, 200]);
    expect(contents(further).slice(-3)).toEqual([100, 101, 102]);
  });
});

describe('the rarity of a score among recent ones', () => {
  test('is its rank, in decades', () => {
    // Scores 1 % apart, so that each has a code of its own.
    let recent = noScores();
    for (let i = 1; i <= 999; i++) recent = rememberScore(recent, 1.01 ** i);
    // Of 999 scores, 1 is at least the greatest: (1 + 1) / (999 + 1).
    expect(tailDecades(recent, 1.01 ** 999)).toBeCloseTo(-Math.log10(2 / 1000), 12);
    expect(tailDecades(recent, 1.01 ** 900)).toBeCloseTo(-Math.log10(101 / 1000), 12);
    expect(tailDecades(recent, 0)).toBeCloseTo(0, 12);
  });

  test('grows beyond the greatest by how far, up to three decades', () => {
    let recent = noScores();
    for (let i = 0; i < 999; i++) recent = rememberScore(recent, 1);
    expect(tailDecades(recent, 1)).toBeCloseTo(0, 12);
    expect(tailDecades(recent, 2)).toBeCloseTo(3 + 5 * Math.log10(2), 6);
    expect(tailDecades(recent, 1e9)).toBe(6);
  });

  test('follows the window, also past its capacity and where two windows follow the same one', () => {
    const random = seededRandom(4);
    const scores = Array.from({ length: TAIL_CAPACITY + 500 }, () => 2 ** (20 * random()));
    let recent = noScores();
    for (const score of scores) recent = rememberScore(recent, score);
    const low = rememberScore(recent, 1e-3);
    const high = rememberScore(recent, 1e9);
    for (const [window, newest] of [
      [low, 1e-3],
      [high, 1e9],
    ] as const) {
      // Counted anew; scores 0.4 % apart share a code, so it may be off by a few.
      const kept = [...scores, newest].slice(-TAIL_CAPACITY);
      const atLeast = kept.filter((score) => 1000 <= score).length;
      const share = 10 ** -tailDecades(window, 1000) * (TAIL_CAPACITY + 1);
      expect(Math.abs(share - 1 - atLeast)).toBeLessThan(10);
      const again = rememberScore(window, newest);
      expect(again.count).toBe(window.count + 1);
    }
  });
});

describe('the rarity of evidence for a device', () => {
  /** Exponential evidence: its tail is known in closed form. */
  function learned(count: number, mean: number) {
    const random = seededRandom(11);
    let model = START_RARITY;
    for (let i = 0; i < count; i++) model = learnRarity(model, -mean * Math.log(1 - random()));
    return model;
  }

  test.each([0.5, 2])('is that of the tail it comes from (mean %d)', (mean) => {
    const model = learned(20_000, mean);
    for (const decades of [3, 5, 8]) {
      const evidence = mean * decades * Math.LN10;
      expect(rarityDecades(model, evidence) / decades).toBeGreaterThan(0.8);
      expect(rarityDecades(model, evidence) / decades).toBeLessThan(1.25);
    }
  });

  test('is 0 while the device is new', () => {
    expect(rarityDecades(learned(RARITY_WARM_UP - 1, 1), 1e6)).toBe(0);
  });

  test('is not dulled by one huge fault', () => {
    const model = learned(5000, 1);
    const after = learnRarity(model, 1e6);
    expect(rarityDecades(after, 20)).toBeGreaterThan(0.8 * rarityDecades(model, 20));
  });
});

describe('the shape distance', () => {
  const options = { length: 7, neighbours: 3, lookBack: 200 };

  /** The definition, by brute force over the last `lookBack + length` values. */
  function bruteForce(values: readonly number[]): number {
    const { length, neighbours, lookBack } = options;
    const window = values.slice(-(lookBack + length + 1));
    const at = window.length - 1;
    const squares: number[] = [];
    for (let lag = length; lag <= lookBack && 0 <= at - lag - length + 1; lag++) {
      let sum = 0;
      for (let i = 0; i < length; i++)
        sum += ((window[at - i] as number) - (window[at - lag - i] as number)) ** 2;
      squares.push(sum);
    }
    if (squares.length <= neighbours) return 0;
    const nearest = squares.sort((a, b) => a - b).slice(0, neighbours);
    return nearest.reduce((sum, square) => sum + Math.sqrt(square), 0) / neighbours;
  }

  test.each([
    ['noise', () => 1],
    ['noise with huge spikes', (i: number) => (i % 150 === 99 ? 1e6 : 1)],
  ])('is what its definition says on %s', (_what, scale) => {
    const detector = shapeDistance(options);
    const random = seededRandom(6);
    const values: number[] = [];
    let model = detector.start;
    for (let i = 0; i < 700; i++) {
      const value = Math.fround(random() * scale(i));
      values.push(value);
      const score = detector.score(model, { atMs: 0, value });
      const expected = bruteForce(values);
      // Rounding in the running distances may for a while prefer another of nearly equal neighbours.
      expect(score).toBeGreaterThanOrEqual(expected * (1 - 1e-6));
      expect(score).toBeLessThanOrEqual(expected * 1.02 + 1e-6);
      model = detector.learn(model, { atMs: 0, value });
    }
  });

  test('of many series in turn is that of each one alone', () => {
    const detector = shapeDistance(options);
    const random = seededRandom(8);
    const series = Array.from({ length: 150 }, () => Array.from({ length: 120 }, random));
    const alone = series.map((values) => scoresOf(shapeDistance(options), values));
    const models = series.map(() => detector.start);
    for (let i = 0; i < 120; i++)
      series.forEach((values, at) => {
        const reading = { atMs: 0, value: values[i] as number };
        const model = models[at] as typeof detector.start;
        expect(detector.score(model, reading)).toBe(alone[at]?.[i]);
        models[at] = detector.learn(model, reading);
      });
  });

  function scoresOf(detector: ReturnType<typeof shapeDistance>, values: readonly number[]) {
    let model = detector.start;
    return values.map((value) => {
      const score = detector.score(model, { atMs: 0, value });
      model = detector.learn(model, { atMs: 0, value });
      return score;
    });
  }
});
