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

// What NAB publishes of the detector ARTime on realTraffic/speed_7578.csv: the rows it scores above 0.3176, from
// results/ARTime/realTraffic/ARTime_speed_7578.csv of github.com/numenta/NAB (MIT); all other rows are below.
const PUBLISHED_WINDOWS = [
  [303, 331],
  [740, 768],
  [909, 937],
  [945, 973],
] as const;
const PUBLISHED_SCORES: readonly (readonly [row: number, score: number])[] = [
  [276, 0.701241],
  [317, 1],
  [362, 0.390544],
  [628, 0.440517],
  [631, 0.489607],
  [753, 0.58505],
  [921, 0.423771],
  [923, 0.705841],
  [924, 0.710799],
  [931, 0.754471],
  [959, 0.424477],
];

function publishedRaw(
  marked: readonly (readonly [row: number, score: number])[],
  threshold: number,
  profile: keyof typeof NAB_PROFILES,
): number {
  const scores = new Array<number>(1127).fill(0);
  for (const [row, score] of marked) scores[row] = score;
  const { hit, miss } = NAB_PROFILES[profile];
  const score = nabScore(
    [{ scores, windows: PUBLISHED_WINDOWS }],
    threshold,
    NAB_PROFILES[profile],
  );
  return (score / 100) * 4 * (hit + miss) - 4 * miss;
}

// results/ARTime/ARTime_{standard,reward_low_FP_rate,reward_low_FN_rate}_scores.csv
test.each([
  ['standard', 0.317486, 3.1077313980278403],
  ['rewardLowFalseAlarms', 0.317585, 2.6685955363952827],
  ['rewardLowMisses', 0.317486, 3.1077313980278403],
] as const)("a detector's published score of a file: %s", (profile, threshold, published) => {
  expect(publishedRaw(PUBLISHED_SCORES, threshold, profile)).toBeCloseTo(published, 10);
});

// The column S(t)_standard of the first file.
test.each([
  [300, -0.11],
  [303, 1],
  [304, 0.9974673237743696],
  [317, 0.8716042063328711],
  [331, 0.08716068383412914],
  [332, -0.009795412917274829],
  [362, -0.10913586163255802],
  [415, -0.10999993270151008],
  [416, -0.11],
  [944, -0.06100596945843206],
  [945, 1],
])('the published worth of an alarm at row %i alone', (row, published) => {
  const isHit = PUBLISHED_WINDOWS.some(([first, last]) => first <= row && row <= last);
  expect(publishedRaw([[row, 1]], 1, 'standard')).toBeCloseTo(published - (isHit ? 3 : 4), 12);
});
