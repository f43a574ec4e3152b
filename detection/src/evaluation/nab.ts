/** A scored series with its labelled windows: indices of their first and last reading, in time order. */
export interface NabSeries {
  readonly scores: ArrayLike<number>;
  readonly windows: readonly (readonly [first: number, last: number])[];
}

/** What a hit, a false alarm and a miss are worth. */
export interface NabProfile {
  readonly hit: number;
  readonly falseAlarm: number;
  readonly miss: number;
}

/** The three published application profiles (NAB `config/profiles.json`). */
export const NAB_PROFILES = {
  standard: { hit: 1, falseAlarm: 0.11, miss: 1 },
  rewardLowFalseAlarms: { hit: 1, falseAlarm: 0.22, miss: 1 },
  rewardLowMisses: { hit: 1, falseAlarm: 0.11, miss: 2 },
} as const satisfies Record<string, NabProfile>;

/** Readings at the start of a series that are not scored: 15 %, at most 750. */
export function probationLength(readingCount: number): number {
  return Math.min(Math.floor(0.15 * readingCount), 750);
}

/**
 * The Numenta Anomaly Benchmark score of a threshold: 100 for the first reading of every window and nothing
 * else, 0 for silence, below 0 for worse than silence.
 *
 * Only the earliest alarm of a window counts, and the earlier the better; an alarm outside costs more the
 * farther it is behind a window. As NAB's own `sweeper.py` and `runner.py` (commit ea702d7) compute it, and as its
 * published results have it.
 *
 * Source: Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015).
 */
export function nabScore(
  series: readonly NabSeries[],
  threshold: number,
  profile: NabProfile = NAB_PROFILES.standard,
): number {
  let raw = 0;
  for (const one of series) {
    const best = one.windows.map(() => -profile.miss);
    for (const { score, worth, window } of scoreReadings(one, profile)) {
      if (score < threshold) continue;
      if (window === null) raw += worth;
      else best[window] = Math.max(best[window] as number, worth);
    }
    raw += best.reduce((a, b) => a + b, 0);
  }
  return normalize(raw, series, profile);
}

/** The threshold that scores best on these series, and its score: what NAB itself reports. */
export function bestNabThreshold(
  series: readonly NabSeries[],
  profile: NabProfile = NAB_PROFILES.standard,
): { readonly threshold: number; readonly score: number } {
  const readings = series.flatMap((one, at) =>
    scoreReadings(one, profile).map((reading) => ({ ...reading, at })),
  );
  readings.sort((a, b) => b.score - a.score);
  const best = series.map((one) => one.windows.map(() => -profile.miss));
  let raw = -profile.miss * best.flat().length;
  let greatest = raw;
  let threshold = Number.POSITIVE_INFINITY;
  readings.forEach(({ score, worth, window, at }, i) => {
    if (window === null) raw += worth;
    else {
      const windows = best[at] as number[];
      const gain = worth - (windows[window] as number);
      if (0 < gain) {
        raw += gain;
        windows[window] = worth;
      }
    }
    // Readings that score the same stand or fall together.
    if (readings[i + 1]?.score !== score && greatest < raw) {
      greatest = raw;
      threshold = score;
    }
  });
  return { threshold, score: normalize(greatest, series, profile) };
}

interface NabReading {
  readonly score: number;
  /** What an alarm here adds to the raw score. */
  readonly worth: number;
  readonly window: number | null;
}

/** Every reading behind the probation with what an alarm there is worth. */
function scoreReadings({ scores, windows }: NabSeries, profile: NabProfile): NabReading[] {
  const readings: NabReading[] = [];
  const probation = probationLength(scores.length);
  let next = 0;
  for (let i = 0; i < scores.length; i++) {
    while (next < windows.length && (windows[next] as readonly [number, number])[1] < i) next++;
    const current = windows[next];
    const score = scores[i] as number;
    if (current !== undefined && current[0] <= i) {
      const [first, last] = current;
      const position = -(last - i + 1) / (last - first + 1);
      const worth = (scaledSigmoid(position) * profile.hit) / scaledSigmoid(-1);
      if (probation <= i) readings.push({ score, worth, window: next });
    } else {
      const previous = windows[next - 1];
      const position =
        previous === undefined
          ? Number.POSITIVE_INFINITY
          : (i - previous[1]) / (previous[1] - previous[0]);
      const worth = scaledSigmoid(position) * profile.falseAlarm;
      if (probation <= i) readings.push({ score, worth, window: null });
    }
  }
  return readings;
}

/** 0.98661 at the left edge of a window (-1), 0 at its right edge, -1 far behind it. */
function scaledSigmoid(position: number): number {
  return 3 < position ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

function normalize(raw: number, series: readonly NabSeries[], profile: NabProfile): number {
  const windowCount = series.reduce((sum, { windows }) => sum + windows.length, 0);
  const silence = -profile.miss * windowCount;
  return (100 * (raw - silence)) / (profile.hit * windowCount - silence);
}
