import { type BatchReading, DEVICE_ID_PATTERN, METRIC_NAMES, METRICS } from '@plumbline/contracts';

const DEVICE_ID = new RegExp(DEVICE_ID_PATTERN);
const DAY_MS = 86_400_000;
/** Of the months of a common year that begins in March: leap days come last. */
const DAYS_BEFORE_MONTH = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Which metrics a reading has: the bit `1 << i` for `METRIC_NAMES[i]`. */
export type MetricSet = number;

const RANGES = new Map(
  METRIC_NAMES.map((name, i) => {
    const { min, max } = METRICS[name];
    return [name as string, { min, max, bit: 1 << i }];
  }),
);

/**
 * The metrics of a reading in the form that almost every one has: right by the schema of a batch's readings,
 * with a metric, and with a time that `parseInstant` reads, or none.
 *
 * 0 for any other input, of which it says nothing: the schema decides. Costs a fifth of the schema's check.
 */
export function metricsOfPlain(input: unknown): MetricSet {
  if (typeof input !== 'object' || input === null) return 0;
  const reading = input as Record<string, unknown>;
  let hasDevice = false;
  let metrics = 0;
  for (const key in reading) {
    const value = reading[key];
    if (typeof value === 'number') {
      const range = RANGES.get(key);
      if (range === undefined || !(range.min <= value && value <= range.max)) return 0;
      metrics |= range.bit;
    } else if (typeof value !== 'string') {
      if (key !== 'place' || !isPlainPlace(value)) return 0;
    } else if (key === 'device_id') {
      if (!DEVICE_ID.test(value)) return 0;
      hasDevice = true;
    } else if (key === 'timestamp') {
      if (Number.isNaN(parseInstant(value))) return 0;
    } else if (key !== 'reading_id' || value.length === 0 || 128 < value.length) {
      return 0;
    }
  }
  return hasDevice ? metrics : 0;
}

function isPlainPlace(input: unknown): boolean {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  const place = input as Record<string, unknown>;
  for (const key in place) {
    const value = place[key];
    if (key === 'floor') {
      if (!Number.isInteger(value) || 1_000 < Math.abs(value as number)) return false;
    } else if (key !== 'building' && key !== 'room' && key !== 'type') {
      return false;
    } else if (typeof value !== 'string' || value.length === 0 || 64 < value.length) {
      return false;
    }
  }
  return true;
}

/** The metrics of any reading. */
export function metricsOf(reading: BatchReading): MetricSet {
  return METRIC_NAMES.reduce(
    (metrics, name, i) => (reading[name] === undefined ? metrics : metrics | (1 << i)),
    0,
  );
}

/**
 * Epoch milliseconds of `YYYY-MM-DDTHH:MM:SSZ`, with or without three digits of milliseconds: what
 * `Date.parse` gives, in a fifth of the time. NaN for any other form, and for a day that is none.
 */
export function parseInstant(text: string): number {
  // Asked of each reading to check it and to judge it, and readings of a batch often share their time.
  if (text !== lastText) {
    lastMs = readInstant(text);
    lastText = text;
  }
  return lastMs;
}

let lastText = '';
let lastMs = Number.NaN;

function readInstant(text: string): number {
  const { length } = text;
  if (length !== 20 && length !== 24) return Number.NaN;
  if (text.charCodeAt(length - 1) !== 90) return Number.NaN; // Z
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const isSeparated =
    text.charCodeAt(4) === 45 && // -
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 && // T
    text.charCodeAt(13) === 58 && // :
    text.charCodeAt(16) === 58;
  let millisecond = 0;
  if (length === 24) {
    if (text.charCodeAt(19) !== 46) return Number.NaN; // .
    millisecond = 10 * twoDigits(text, 20) + (text.charCodeAt(22) - 48);
    if (!isDigit(text.charCodeAt(22))) return Number.NaN;
  }
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lastDay = month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
  const isRight =
    isSeparated && 1 <= day && day <= lastDay && hour <= 23 && minute <= 59 && second <= 59;
  // A digit that is none made its number, and with it all comparisons, NaN.
  if (!isRight || !(0 <= year && 0 <= hour && 0 <= minute && 0 <= second && 0 <= millisecond)) {
    return Number.NaN;
  }
  const marchYear = month < 3 ? year - 1 : year;
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  // 719,468 days lie between the first of March of year 0 and 1970.
  const days = 365 * marchYear + leapDays + (DAYS_BEFORE_MONTH[month - 1] ?? 0) + day - 1 - 719_468;
  return days * DAY_MS + hour * 3_600_000 + minute * 60_000 + second * 1000 + millisecond;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? 10 * tens + ones - 528 : Number.NaN;
}

function isDigit(code: number): boolean {
  return 48 <= code && code <= 57;
}
