import { gunzipSync, gzipSync } from 'node:zlib';
import type { DeadLetterReason } from './errors.ts';
import { parseReading, type Reading, toWire } from './reading.ts';

/** Readings in one message. A Pub/Sub request costs far more than a reading, so producers pack them. */
export const MAX_READINGS_PER_MESSAGE = 500;
/** JSON of one message: five times what 500 wide readings need, a tenth of what Pub/Sub would carry. */
export const MAX_MESSAGE_BYTES = 1_000_000;
/** Text of a refused payload that a dead letter keeps. */
export const MAX_DEAD_LETTER_BYTES = 64_000;

/** Pub/Sub bills no request below 1,000 bytes, so what is smaller stays as a person can read it. */
const COMPRESS_FROM_BYTES = 1_000;
/** Level 3 takes a third of the time of the usual 6, for a tenth more bytes. */
const COMPRESSION = { level: 3 };
/** Node's own; less would make many of one message. */
const MIN_CHUNK_BYTES = 16_384;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Version of the wire form, sent as the attribute `schema`. */
export const READING_SCHEMA = 'reading/1';
export const MESSAGE_ATTRIBUTES = {
  schema: READING_SCHEMA,
  content_type: 'application/json',
} as const;

/** A reading or a whole message that cannot be stored, with all that a person needs to mend it. */
export interface Refused {
  /** Position in the message; 0 when the whole message was refused. */
  readonly index: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  /** What was received: the reading's JSON, or the message's text. At most MAX_DEAD_LETTER_BYTES. */
  readonly payload: string;
  readonly isTruncated: boolean;
}

export interface ParsedMessage {
  readonly readings: readonly Reading[];
  /** The position in the message of each of `readings`. */
  readonly indexes: readonly number[];
  readonly refused: readonly Refused[];
}

/** How far a device's clock may be off before its readings are refused. */
export interface TimeBounds {
  /** Oldest `measured_at` accepted: this long before `receivedAtMs`. */
  readonly maxAgeMs: number;
  /** Newest accepted: this long after `receivedAtMs`. */
  readonly maxAheadMs: number;
}

const DAY_MS = 86_400_000;
/** BigQuery streams into partitions up to 10 years back; a clock an hour ahead is a wrong time zone, not skew. */
export const DEFAULT_TIME_BOUNDS: TimeBounds = { maxAgeMs: 3_650 * DAY_MS, maxAheadMs: 600_000 };

/**
 * Reads a message's data: one reading or an array of up to 500, each in any wire form, as JSON or as gzip of it.
 *
 * Gzip is known by its first bytes, with which no JSON begins, so that it needs no attribute to survive on its way.
 * A bad reading never spoils its neighbours: it comes back in `refused` with its reason, they in `readings`.
 * `readings.length + refused.length` is the number of readings in the message (a message that is no JSON counts as one).
 */
export function parseMessage(
  data: Uint8Array,
  receivedAtMs: number,
  bounds: TimeBounds = DEFAULT_TIME_BOUNDS,
): ParsedMessage {
  if (data.byteLength > MAX_MESSAGE_BYTES) {
    const detail = `${data.byteLength} bytes, at most ${MAX_MESSAGE_BYTES}`;
    return wholly('too_large', detail, data);
  }
  let plain = data;
  try {
    plain = decompress(data);
  } catch (error) {
    const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge
      ? wholly('too_large', `more than ${MAX_MESSAGE_BYTES} bytes when decompressed`, data)
      : wholly('not_json', 'begins like gzip, but is none', data);
  }
  let body: unknown;
  try {
    body = JSON.parse(UTF8.decode(plain));
  } catch (error) {
    return wholly('not_json', error instanceof SyntaxError ? 'not JSON' : 'not UTF-8', plain);
  }
  const items: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (items.length > MAX_READINGS_PER_MESSAGE) {
    const detail = `${items.length} readings, at most ${MAX_READINGS_PER_MESSAGE}`;
    return wholly('too_many_readings', detail, plain);
  }
  const readings: Reading[] = [];
  const indexes: number[] = [];
  const refused: Refused[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    const parsed = parseReading(item);
    if (!parsed.ok) {
      refused.push({ index, reason: parsed.reason, detail: parsed.detail, ...excerpt(item) });
      continue;
    }
    const skew = judgeTime(parsed.reading.measuredAtMs, receivedAtMs, bounds);
    if (skew === undefined) {
      readings.push(parsed.reading);
      indexes.push(index);
    } else refused.push({ index, reason: 'implausible_time', detail: skew, ...excerpt(item) });
  }
  return { readings, indexes, refused };
}

/**
 * The data of a message that carries these readings: an object for one, an array for more; as gzip when that is
 * cheaper, which it is from a handful of readings on.
 */
export function encodeMessage(readings: readonly Reading[]): Buffer {
  const wire = readings.map(toWire);
  const json = Buffer.from(JSON.stringify(wire.length === 1 ? wire[0] : wire));
  return json.byteLength < COMPRESS_FROM_BYTES ? json : gzipSync(json, COMPRESSION);
}

/**
 * The JSON of a message's data, whether it is compressed or not.
 *
 * Throws if it is gzip and broken, or larger than MAX_MESSAGE_BYTES.
 */
export function decompress(data: Uint8Array): Uint8Array {
  const isGzip = data[0] === 0x1f && data[1] === 0x8b;
  if (!isGzip) return data;
  const chunkSize = expectedBytes(data) + 64;
  return gunzipSync(data, { maxOutputLength: MAX_MESSAGE_BYTES, chunkSize });
}

/**
 * What gzip says at its end of the size before it was compressed, within bounds. With room for all at once nothing
 * is copied together; if it is wrong, nothing but time is lost.
 *
 * Source: RFC 1952, 2.3.1, ISIZE.
 */
function expectedBytes(data: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = data;
  if (byteLength < 4) return MIN_CHUNK_BYTES;
  const bytes = new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
  return Math.min(Math.max(bytes, MIN_CHUNK_BYTES), MAX_MESSAGE_BYTES);
}

/** Cuts a text to the bytes that a dead letter keeps. */
export function truncate(text: string): { payload: string; isTruncated: boolean } {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_DEAD_LETTER_BYTES) return { payload: text, isTruncated: false };
  const payload = Buffer.from(text).subarray(0, MAX_DEAD_LETTER_BYTES).toString('utf8');
  return { payload, isTruncated: true };
}

function judgeTime(atMs: number, nowMs: number, bounds: TimeBounds): string | undefined {
  if (atMs < nowMs - bounds.maxAgeMs) {
    return `${Math.round((nowMs - atMs) / DAY_MS)} days old, at most ${bounds.maxAgeMs / DAY_MS}`;
  }
  if (nowMs + bounds.maxAheadMs < atMs) {
    return `${Math.round((atMs - nowMs) / 1000)} s ahead, at most ${bounds.maxAheadMs / 1000}`;
  }
  return undefined;
}

function wholly(reason: DeadLetterReason, detail: string, data: Uint8Array): ParsedMessage {
  const head = Buffer.from(data.subarray(0, MAX_DEAD_LETTER_BYTES)).toString('utf8');
  const isTruncated = data.byteLength > MAX_DEAD_LETTER_BYTES;
  return {
    readings: [],
    indexes: [],
    refused: [{ index: 0, reason, detail, payload: head, isTruncated }],
  };
}

function excerpt(item: unknown): { payload: string; isTruncated: boolean } {
  return truncate(JSON.stringify(item) ?? 'null');
}
