import {
  DEVICE_ID_PATTERN,
  MAX_BATCH_READINGS,
  METRIC_NAMES,
  METRICS,
  parseInstant,
} from '@plumbline/contracts';
import { type GroupedReadings, gatherReadings } from './grouped-readings.ts';

/** What the answer explains: every decision, or only anomalies. */
export type Explain = 'all' | 'anomalies';

/** A batch of which every reading is right, read from its bytes into columns. */
export interface PlainBatch {
  readonly bytes: Buffer;
  readonly explain: Explain;
  /** When it came in: the time of readings without one. */
  readonly nowMs: number;
  readonly readings: GroupedReadings;
  /**
   * Where the texts of each reading begin and end in the bytes: its reading id, device id and time, six numbers in
   * all; 0 and 0 for one that it lacks. They hold nothing that JSON escapes.
   */
  readonly spans: Int32Array;
}

export const SPANS = 6;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;
const MINUTE_MS = 60_000;
const MINUTE_LENGTH = 'YYYY-MM-DDTHH:MM:'.length;

const KEYS = keysOf([...METRIC_NAMES, 'device_id', 'timestamp', 'reading_id', 'place']);
const DEVICE_ID = METRIC_NAMES.length;
const TIMESTAMP = DEVICE_ID + 1;
const READING_ID = DEVICE_ID + 2;
const PLACE = DEVICE_ID + 3;
const METRIC_BITS = (1 << METRIC_NAMES.length) - 1;
const RANGES = METRIC_NAMES.map((name) => METRICS[name]);
const PLACE_KEYS = keysOf(['building', 'floor', 'room', 'type']);
const FLOOR = 1;
const TYPE = 3;
const BATCH_KEYS = keysOf(['readings', 'explain']);
/** Characters of a device id, by code: 1 anywhere, 2 not at its start. */
const ID_CODES = Uint8Array.from({ length: 256 }, (_, code) => {
  const id = new RegExp(DEVICE_ID_PATTERN);
  const one = code < 128 ? String.fromCharCode(code) : '"';
  return id.test(one) ? 1 : id.test(`a${one}`) ? 2 : 0;
});
const MAX_DEVICE_ID = 64;
const MAX_READING_ID = 128;
const MAX_PLACE = 64;
const MAX_FLOOR = 1_000;
/** So many digits are a whole number that a double holds, and its division by a power of ten is rounded once. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** Told from whatever JSON may hold. */
export function isPlainBatch(body: unknown): body is PlainBatch {
  return (body as { spans?: unknown } | null)?.spans instanceof Int32Array;
}

/** The texts of one reading. */
export function textsOf({ bytes, spans }: PlainBatch, place: number) {
  const text = (i: number) => {
    const [from, to] = [spans[SPANS * place + i] as number, spans[SPANS * place + i + 1] as number];
    return to === 0 ? undefined : bytes.toString('latin1', from, to);
  };
  const [readingId, timestamp] = [text(0), text(4)];
  return {
    device_id: text(2) as string,
    ...(readingId !== undefined && { reading_id: readingId }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

// One body at a time is read, from its start to its end. Where its reader stands is kept here: in closures made for
// each body, the same code takes longer. Loops keep it in constants, which need not be looked up for each byte.

let bytes: Buffer = Buffer.alloc(0);
let at = 0;
let count = 0;
let gathering = gatherReadings();
let spans = new Int32Array(0);
let explain: Explain = 'all';
let defaultMs = 0;
let latestMs = 0;
/** Of the reading that is read. */
let atMs = 0;
let placeType: string | undefined;
const values = new Float64Array(METRIC_NAMES.length);
/** The minute read last, by where it stands: most readings of a batch share it. */
let minuteAt = -1;
let minuteMs = 0;
/** The type of place read last. */
let typeAt = 0;
let typeText = '';
/** Which key stood where in the reading before: most likely it is the same again. */
let order: number[] = [];
let placeOrder: number[] = [];

/**
 * Reads the body of a batch without making an object of each reading: in a third of the time that `JSON.parse` and
 * the check of the readings take.
 *
 * Null for any body, right or wrong, that is not as plain as most: one with a reading to refuse, a name twice,
 * characters beyond ASCII, escapes, numbers with exponents, times other than `YYYY-MM-DDTHH:MM:SS[.mmm]Z`, or more
 * readings than a batch may have. `JSON.parse` and the schema say what is to be made of it.
 *
 * - nowMs: the time of readings without one; maxAheadMs: how much later a reading may be
 */
export function readPlainBatch(body: Buffer, nowMs: number, maxAheadMs: number): PlainBatch | null {
  bytes = body;
  at = 0;
  count = 0;
  gathering = gatherReadings();
  spans = new Int32Array(SPANS * MAX_BATCH_READINGS);
  explain = 'all';
  defaultMs = nowMs;
  latestMs = nowMs + maxAheadMs;
  minuteAt = -1;
  typeText = '';
  order = [];
  placeOrder = [];
  return readBody() ? { bytes, explain, nowMs, readings: gathering.end(), spans } : null;
}

function readBody(): boolean {
  let seen = 0;
  if (next() !== OPEN) return false;
  do {
    const key = readKey(BATCH_KEYS, [], 0);
    if (key < 0 || (seen & (1 << key)) !== 0) return false;
    seen |= 1 << key;
    if (!(key === 0 ? readReadings() : readExplain())) return false;
  } while (take(COMMA));
  return (seen & 1) !== 0 && take(CLOSE) && space() === bytes.length;
}

function readExplain(): boolean {
  if (next() !== QUOTE) return false;
  const from = at;
  readText(bytes.length);
  const text = bytes.toString('latin1', from, at);
  if (text !== 'all' && text !== 'anomalies') return false;
  explain = text;
  return bytes[at++] === QUOTE;
}

function readReadings(): boolean {
  if (next() !== OPEN_LIST) return false;
  do {
    if (count === MAX_BATCH_READINGS || next() !== OPEN || !readReading()) return false;
    count++;
  } while (take(COMMA));
  return take(CLOSE_LIST);
}

function readReading(): boolean {
  let seen = 0;
  atMs = defaultMs;
  placeType = undefined;
  let position = 0;
  do {
    const key = readKey(KEYS, order, position++);
    if (key < 0 || (seen & (1 << key)) !== 0) return false;
    seen |= 1 << key;
    if (!(key < METRIC_NAMES.length ? readMetric(key) : readField(key))) return false;
  } while (take(COMMA));
  const set = seen & METRIC_BITS;
  if (set === 0 || (seen & (1 << DEVICE_ID)) === 0 || !take(CLOSE)) return false;
  const group = gathering.add(set, placeType, atMs);
  for (let i = 0; i < group.values.length; i++) {
    group.values[i]?.push(values[group.sources[i] as number] as number);
  }
  return true;
}

function readMetric(metric: number): boolean {
  space();
  const value = readNumber();
  const { min, max } = RANGES[metric] as { min: number; max: number };
  values[metric] = value;
  return min <= value && value <= max;
}

function readField(key: number): boolean {
  if (key === PLACE) return next() === OPEN && readPlace();
  if (next() !== QUOTE) return false;
  const from = at;
  if (key === DEVICE_ID) readDeviceId();
  else if (key === TIMESTAMP) readTime();
  else readText(MAX_READING_ID);
  if (at === from) return false;
  const span = SPANS * count + 2 * (key === READING_ID ? 0 : key === DEVICE_ID ? 1 : 2);
  spans[span] = from;
  spans[span + 1] = at;
  return bytes[at++] === QUOTE;
}

function readPlace(): boolean {
  let seen = 0;
  let position = 0;
  do {
    const key = readKey(PLACE_KEYS, placeOrder, position++);
    if (key < 0 || (seen & (1 << key)) !== 0) return false;
    seen |= 1 << key;
    space();
    if (key === FLOOR) {
      const floor = readNumber();
      if (!Number.isInteger(floor) || MAX_FLOOR < Math.abs(floor)) return false;
      continue;
    }
    if (bytes[at++] !== QUOTE) return false;
    const from = at;
    readText(MAX_PLACE);
    if (at === from) return false;
    if (key === TYPE) placeType = sameText(from, at);
    if (bytes[at++] !== QUOTE) return false;
  } while (take(COMMA));
  return take(CLOSE);
}

/** The text of a place's type: the same string for the same bytes as before. */
function sameText(from: number, to: number): string {
  const length = to - from;
  let i = 0;
  if (length === typeText.length) while (i < length && bytes[from + i] === bytes[typeAt + i]) i++;
  if (i < length) {
    typeText = bytes.toString('latin1', from, to);
    typeAt = from;
  }
  return typeText;
}

/** Goes on to the end of a text of characters that stand for themselves; stays if it is longer. */
function readText(most: number): void {
  const from = bytes;
  const last = Math.min(at + most, from.length);
  let i = at;
  while (i < last) {
    const code = from[i] as number;
    if (code < 32 || 126 < code || code === QUOTE || code === BACKSLASH) break;
    i++;
  }
  at = i;
}

function readDeviceId(): void {
  const from = bytes;
  const codes = ID_CODES;
  const last = Math.min(at + MAX_DEVICE_ID, from.length);
  if (codes[from[at] as number] !== 1) return;
  let i = at + 1;
  while (i < last && codes[from[i] as number] !== 0) i++;
  at = i;
}

/** Sets `atMs`. Stays where the time is in no plain form, or too far ahead. */
function readTime(): void {
  const length = bytes[at + 19] === 90 ? 20 : 24; // Z
  const from = bytes;
  const start = at;
  const known = minuteAt;
  let i = 0;
  if (0 <= known) while (i < MINUTE_LENGTH && from[start + i] === from[known + i]) i++;
  if (i === MINUTE_LENGTH) {
    const ms = msOfMinute(length);
    atMs = ms < 0 ? Number.NaN : minuteMs + ms;
  } else {
    atMs = parseInstant(bytes.toString('latin1', at, at + length));
    minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    minuteAt = at;
  }
  if (atMs <= latestMs) at += length;
}

/** Of a time of so many characters, what comes after its minute; -1 if it is no time. */
function msOfMinute(length: number): number {
  const seconds = twoDigits(at + MINUTE_LENGTH);
  if (seconds < 0 || 59 < seconds) return -1;
  if (length === 20) return 1000 * seconds;
  const tens = twoDigits(at + 20);
  const ones = (bytes[at + 22] as number) - 48;
  const isRight = bytes[at + 19] === DOT && bytes[at + 23] === 90;
  return isRight && 0 <= tens && 0 <= ones && ones <= 9 ? 1000 * seconds + 10 * tens + ones : -1;
}

function twoDigits(from: number): number {
  const tens = (bytes[from] as number) - 48;
  const ones = (bytes[from + 1] as number) - 48;
  return 0 <= tens && tens <= 9 && 0 <= ones && ones <= 9 ? 10 * tens + ones : -1;
}

/** NaN for what is no number, or has an exponent. */
function readNumber(): number {
  const text = bytes;
  const from = at;
  let i = text[at] === MINUS ? at + 1 : at;
  const isNegative = from < i;
  const wholeAt = i;
  let digits = 0;
  let decimals = 0;
  let code = (text[i] as number) - 48;
  while (0 <= code && code <= 9) {
    digits = 10 * digits + code;
    code = (text[++i] as number) - 48;
  }
  let count = i - wholeAt;
  if (count === 0 || (1 < count && text[wholeAt] === 48)) return Number.NaN;
  if (text[i] === DOT) {
    const decimalsAt = i + 1;
    code = (text[++i] as number) - 48;
    while (0 <= code && code <= 9) {
      digits = 10 * digits + code;
      code = (text[++i] as number) - 48;
    }
    decimals = i - decimalsAt;
    count += decimals;
    if (decimals === 0) return Number.NaN;
  }
  at = i;
  if (EXACT_DIGITS < count) return Number(bytes.toString('latin1', from, i));
  const value = digits / (POWERS[decimals] as number);
  return isNegative ? -value : value;
}

/** Which of the keys comes next, and goes on behind its colon; -1 for any other. */
function readKey(keys: readonly Uint8Array[], known: number[], position: number): number {
  if (next() !== QUOTE) return -1;
  let key = position < known.length ? (known[position] as number) : 0;
  if (!isKey(keys[key] as Uint8Array)) {
    key = keys.findIndex(isKey);
    if (key < 0) return -1;
    known[Math.min(position, known.length)] = key;
  }
  at += (keys[key] as Uint8Array).length;
  return take(COLON) ? key : -1;
}

function isKey(key: Uint8Array): boolean {
  const from = bytes;
  const start = at;
  let i = 0;
  while (i < key.length && from[start + i] === key[i]) i++;
  return i === key.length;
}

function take(code: number): boolean {
  if (bytes[at] !== code && bytes[space()] !== code) return false;
  at++;
  return true;
}

function next(): number {
  space();
  return bytes[at++] as number;
}

/** Goes on to what is no white space. */
function space(): number {
  let code = bytes[at];
  while (code === 32 || code === 10 || code === 13 || code === 9) code = bytes[++at];
  return at;
}

/** With the quote behind it, a key is no beginning of another. */
function keysOf(names: readonly string[]): readonly Uint8Array[] {
  return names.map((name) => Buffer.from(`${name}"`));
}
