/** The last readings of one series, oldest first, plain data. Bounded: at most `HISTORY_SIZE`. */
export interface SeriesHistory {
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

/** Readings that the rolling features look at, the newest included. */
export const ROLLING_SIZE = 10;
const HISTORY_SIZE = ROLLING_SIZE - 1;

/** What a forest of one metric reads, in this order. */
export const FEATURE_NAMES = [
  'value',
  'hour_sine',
  'hour_cosine',
  'rate_per_minute',
  'rolling_mean',
  'rolling_deviation',
  'rolling_range',
] as const;

/** What a forest of several metrics reads of each one; the hour comes once, after them all. */
export const JOINT_FEATURE_NAMES = [
  'value',
  'rate_per_minute',
  'rolling_mean',
  'rolling_deviation',
  'rolling_range',
] as const;

export interface PointFeatures {
  readonly value: number;
  /** Change since the previous reading of the series, units per minute; 0 for a first reading. */
  readonly ratePerMinute: number;
  /** Of the last `ROLLING_SIZE` readings, this one included. */
  readonly mean: number;
  /** Of the population (n), 0 for a first reading. */
  readonly deviation: number;
  readonly range: number;
  /** Hour of day in [-1, 1] as a point on a circle, so that 23:59 is next to 00:00. */
  readonly hourSine: number;
  readonly hourCosine: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * What the forests see of one reading. Trainer and scorer both call this, so they cannot differ.
 *
 * - history: the series before this reading, null for a device never seen: its point alone is described,
 *   as a series of length one (rate 0, mean = value, deviation 0, range 0)
 * - a reading that is not newer than the last is described as a first reading
 * - utcOffsetMinutes: of the place's clock; 0 is UTC
 */
export function pointFeatures(
  history: SeriesHistory | null,
  atMs: number,
  value: number,
  utcOffsetMinutes = 0,
): PointFeatures {
  const angle = (2 * Math.PI * modulo(atMs + utcOffsetMinutes * MINUTE_MS, DAY_MS)) / DAY_MS;
  const hour = { hourSine: Math.sin(angle), hourCosine: Math.cos(angle) };
  const previousMs = history?.atMs.at(-1);
  if (history === null || previousMs === undefined || atMs <= previousMs)
    return { value, ratePerMinute: 0, mean: value, deviation: 0, range: 0, ...hour };

  const previous = history.values.at(-1) as number;
  const count = history.values.length + 1;
  let sum = value;
  let least = value;
  let greatest = value;
  for (const past of history.values) {
    sum += past;
    if (past < least) least = past;
    if (greatest < past) greatest = past;
  }
  const mean = sum / count;
  let squares = (value - mean) ** 2;
  for (const past of history.values) squares += (past - mean) ** 2;
  return {
    value,
    ratePerMinute: bounded((value - previous) * (MINUTE_MS / (atMs - previousMs))),
    mean: bounded(mean),
    deviation: bounded(Math.sqrt(squares / count)),
    range: bounded(greatest - least),
    ...hour,
  };
}

/** The history after one more reading; the same history when the reading is not newer than the last. */
export function remember(
  history: SeriesHistory | null,
  atMs: number,
  value: number,
): SeriesHistory {
  if (history === null) return { atMs: [atMs], values: [value] };
  if (atMs <= (history.atMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return history;
  return {
    atMs: [...history.atMs, atMs].slice(-HISTORY_SIZE),
    values: [...history.values, value].slice(-HISTORY_SIZE),
  };
}

/** The row of a forest: of one metric in the order of `FEATURE_NAMES`, of several metric by metric. */
export function featureRow(features: readonly PointFeatures[]): number[] {
  const [first] = features as readonly [PointFeatures, ...PointFeatures[]];
  if (features.length === 1)
    return [
      first.value,
      first.hourSine,
      first.hourCosine,
      first.ratePerMinute,
      first.mean,
      first.deviation,
      first.range,
    ];
  const row: number[] = [];
  for (const f of features) row.push(f.value, f.ratePerMinute, f.mean, f.deviation, f.range);
  row.push(first.hourSine, first.hourCosine);
  return row;
}

/** Greatest number of 32 bits. */
const GREATEST_FLOAT = 3.4028234663852886e38;

/** The row of a forest as it reads it: 32 bits a number, the rare number beyond their range at its end. */
export function forestRow(row: readonly number[], rows: Float32Array, offset: number): void {
  for (let i = 0; i < row.length; i++)
    rows[offset + i] = Math.min(Math.max(row[i] as number, -GREATEST_FLOAT), GREATEST_FLOAT);
}

/** Names of the numbers in `featureRow`. */
export function featureNames(metrics: readonly string[]): string[] {
  if (metrics.length === 1) return [...FEATURE_NAMES];
  return [
    ...metrics.flatMap((metric) => JOINT_FEATURE_NAMES.map((name) => `${metric}.${name}`)),
    'hour_sine',
    'hour_cosine',
  ];
}

/** Sums and squares of the hugest doubles overflow; a feature must stay finite. */
function bounded(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
