import { expect, test } from 'vitest';
import {
  bestNabThreshold,
  NAB_PROFILES,
  type NabSeries,
  nabScore,
  probationLength,
} from './nab.ts';

// Cases and values of NAB's own tests/unit/scorer_test.py and sweeper_test.py; the sigmoid values there are
// hard-coded too. Raw scores, so the normalisation is undone here: one hit more or less is what it scales by.
const PROFILE = { hit: 1.1, falseAlarm: 0.11, miss: 1.2 };
const HALF = 0.8482836399575131;
const LEFT = 0.9866142981514305;

function raw(scores: readonly number[], windows: NabSeries['windows']): number {
  const per = windows.length;
  const score = nabScore([{ scores, windows }], 0.5, PROFILE);
  return (score / 100) * per * (PROFILE.hit + PROFILE.miss) - per * PROFILE.miss;
}

test.each<[string, number[], NabSeries['windows'], number]>([
  [
    'two misses',
    [0, 0, 0, 0, 0, 0, 0],
    [
      [1, 2],
      [4, 5],
    ],
    -2 * 1.2,
  ],
  ['a hit in the middle', [0, 0, 1, 0, 0, 0, 0], [[1, 2]], (HALF * 1.1) / LEFT],
  [
    'a hit and a miss',
    [0, 0, 1, 0, 0, 0, 0],
    [
      [1, 2],
      [4, 5],
    ],
    (HALF * 1.1) / LEFT - 1.2,
  ],
  ['a hit at once', [0, 0, 0, 0, 1, 0, 0], [[4, 5]], 1.1],
  ['a second hit in a window adds nothing', [0, 0, 0, 0, 1, 1, 0], [[4, 5]], 1.1],
  [
    'two windows',
    [0, 0, 1, 0, 1, 0, 0],
    [
      [1, 2],
      [4, 5],
    ],
    (HALF * 1.1) / LEFT + 1.1,
  ],
  ['a false alarm before any window', [0, 1, 0, 0, 0, 0, 0], [[4, 5]], -1.2 - 0.11],
  ['a false alarm far behind', [0, 1, 1, 0, 0, 0, 1], [[1, 2]], 1.1 - 0.11],
])('%s', (_what, scores, windows, expected) => {
  expect(raw(scores, windows)).toBeCloseTo(expected, 10);
});

test('silence scores 0 and the first reading of every window 100', () => {
  const windows = [
    [20, 24],
    [40, 44],
  ] as const;
  const scores = Array.from({ length: 60 }, (_, i) => (i === 20 || i === 40 ? 1 : 0));
  for (const profile of Object.values(NAB_PROFILES)) {
    expect(nabScore([{ scores, windows }], 2, profile)).toBeCloseTo(0, 10);
    expect(nabScore([{ scores, windows }], 1, profile)).toBeCloseTo(100, 10);
  }
});

test('alarms during the probation neither help nor cost', () => {
  const windows = [[20, 24]] as const;
  const early = Array.from({ length: 60 }, (_, i) => (i < 9 ? 1 : 0));
  expect(probationLength(60)).toBe(9);
  expect(probationLength(100_000)).toBe(750);
  expect(nabScore([{ scores: early, windows }], 1)).toBeCloseTo(0, 10);
});

test('the best threshold is the one that nabScore likes best', () => {
  const scores = Array.from(
    { length: 300 },
    (_, i) => ((i * 7919) % 101) / 10 + (i === 151 ? 3 : 0),
  );
  const series = [{ scores, windows: [[150, 170]] as const }];
  const { threshold, score } = bestNabThreshold(series);
  expect(nabScore(series, threshold)).toBeCloseTo(score, 10);
  for (const other of new Set(scores))
    expect(nabScore(series, other)).toBeLessThanOrEqual(score + 1e-9);
});
