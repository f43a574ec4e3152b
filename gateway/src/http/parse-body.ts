import {
  DEFAULT_TIME_BOUNDS,
  type DeadLetterReason,
  deriveReadingId,
  MAX_READINGS_PER_MESSAGE,
  parseReading,
  type Reading,
} from '@plumbline/contracts';
import { PackRefused, parseSenml, type SenmlItem } from './senml.ts';

/** What became of one item of a body. */
export type Item =
  | {
      readonly ok: true;
      readonly index: number;
      /** JSON pointer into the body (of NDJSON: into the array of its lines). */
      readonly pointer: string;
      readonly reading: Reading;
    }
  | {
      readonly ok: false;
      readonly index: number;
      /** The same, to what is wrong. */
      readonly pointer: string;
      readonly reason: DeadLetterReason;
      readonly detail: string;
    };

export const MEDIA_TYPES = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/senml+json': 'senml',
} as const;
export type BodyForm = (typeof MEDIA_TYPES)[keyof typeof MEDIA_TYPES];

/** Nothing of the body can be read. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
  readonly reason: 'not_json' | 'invalid_pack' | 'too_many_readings';
  readonly pointer: string;

  constructor(reason: BodyRefused['reason'], pointer: string, detail: string) {
    super(detail);
    this.reason = reason;
    this.pointer = pointer;
  }
}

export interface Received {
  readonly form: BodyForm;
  readonly body: Uint8Array;
  readonly nowMs: number;
  /** Makes the id of a reading whose content differs each time it is sent, for its time is relative. */
  idOf(index: number): string | undefined;
}

/**
 * Reads a body into its items, in their order.
 *
 * A wrong item never spoils its neighbours. SenML records of one device and time become one reading with several
 * metrics, so that several items may carry the same reading.
 *
 * @throws BodyRefused when the body as a whole is not what its media type says, or has more than 500 items
 */
export function parseBody({ form, body, nowMs, idOf }: Received): Item[] {
  const text = decode(body);
  if (form === 'senml') return senmlItems(parseJson(text), nowMs, idOf);
  const inputs = form === 'ndjson' ? ndjsonInputs(text) : jsonInputs(parseJson(text));
  checkCount(inputs.length);
  return inputs.map(({ pointer, index, input }) => {
    if (input === NOT_JSON) {
      return { ok: false, index, pointer, reason: 'not_json', detail: 'this line is not JSON' };
    }
    return itemOf(index, pointer, input, nowMs);
  });
}

interface Input {
  readonly index: number;
  readonly pointer: string;
  readonly input: unknown;
}

const NOT_JSON = Symbol('not JSON');

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new BodyRefused('not_json', '', 'the body is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyRefused('not_json', '', 'the body is not JSON');
  }
}

function jsonInputs(body: unknown): Input[] {
  if (!Array.isArray(body)) return [{ index: 0, pointer: '', input: body }];
  return body.map((input, index) => ({ index, pointer: `/${index}`, input }));
}

/** One item a line; blank lines count as lines and give nothing. */
function ndjsonInputs(text: string): Input[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let input: unknown = NOT_JSON;
    try {
      input = JSON.parse(line);
    } catch {
      // Told as the result of this line.
    }
    return [{ index, pointer: `/${index}`, input }];
  });
}

function checkCount(count: number): void {
  if (count <= MAX_READINGS_PER_MESSAGE) return;
  const detail = `${count} items, at most ${MAX_READINGS_PER_MESSAGE}`;
  throw new BodyRefused('too_many_readings', '', detail);
}

function itemOf(index: number, pointer: string, input: unknown, nowMs: number): Item {
  const parsed = parseReading(input);
  if (!parsed.ok) {
    const { reason, detail } = parsed;
    return { ok: false, index, pointer: pointer + fieldPointer(detail, input), reason, detail };
  }
  const { reading } = parsed;
  const skew = timeProblem(reading.measuredAtMs, nowMs);
  if (skew === undefined) return { ok: true, index, pointer, reading };
  const field = isObject(input) && 'measured_at' in input ? 'measured_at' : 'timestamp';
  const reason = 'implausible_time';
  return { ok: false, index, pointer: `${pointer}/${field}`, reason, detail: skew };
}

/** The catalogue's parser begins a detail with the path of the field, in dots. */
function fieldPointer(detail: string, input: unknown): string {
  const [, path] = /^([a-z_0-9]+(?:\.[A-Za-z_0-9]+)?)(?::|$)/.exec(detail) ?? [];
  return path === undefined || !isObject(input) ? '' : `/${path.replaceAll('.', '/')}`;
}

function timeProblem(atMs: number, nowMs: number): string | undefined {
  const { maxAgeMs, maxAheadMs } = DEFAULT_TIME_BOUNDS;
  if (atMs < nowMs - maxAgeMs) return `measured more than ${maxAgeMs / 86_400_000} days ago`;
  if (nowMs + maxAheadMs < atMs) return `measured more than ${maxAheadMs / 1000} s ahead of now`;
  return undefined;
}

function senmlItems(pack: unknown, nowMs: number, idOf: Received['idOf']): Item[] {
  if (Array.isArray(pack)) checkCount(pack.length);
  let records: SenmlItem[];
  try {
    records = parseSenml(pack, nowMs);
  } catch (error) {
    if (!(error instanceof PackRefused)) throw error;
    throw new BodyRefused('invalid_pack', error.pointer, error.message);
  }
  const items = records.map((record): Item => {
    if (!record.ok) return record;
    const item = itemOf(record.index, `/${record.index}`, record.wire, nowMs);
    return item.ok
      ? withId(item, record.isRelative ? idOf(record.index) : undefined)
      : senmlPointer(item);
  });
  return mergeByTime(items);
}

type GoodItem = Extract<Item, { ok: true }>;

function withId(item: GoodItem, readingId: string | undefined): GoodItem {
  return readingId === undefined ? item : { ...item, reading: { ...item.reading, readingId } };
}

/** In the words of SenML: its records have no `device_id`, `measured_at` or `metrics`. */
function senmlPointer(item: Exclude<Item, { ok: true }>): Item {
  const [, index, field] = item.pointer.split('/');
  const own = field === 'metrics' ? 'v' : field === 'measured_at' ? 't' : 'n';
  return { ...item, pointer: `/${index}/${own}` };
}

/** Readings of one device and time become one, as long as no metric comes twice. */
function mergeByTime(items: readonly Item[]): Item[] {
  const groups = new Map<string, { first: Reading; metrics: Reading['metrics']; count: number }>();
  const groupOf = items.map((item) => {
    if (!item.ok) return undefined;
    const { deviceId, measuredAtMs, metrics } = item.reading;
    const name = Object.keys(metrics)[0] as keyof typeof metrics;
    for (let turn = 0; ; turn += 1) {
      const key = `${deviceId}\n${measuredAtMs}\n${turn}`;
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, { first: item.reading, metrics, count: 1 });
        return key;
      }
      if (group.metrics[name] === undefined) {
        groups.set(key, {
          ...group,
          metrics: { ...group.metrics, ...metrics },
          count: group.count + 1,
        });
        return key;
      }
    }
  });
  const merged = new Map([...groups].map(([key, group]) => [key, mergedReading(group)]));
  return items.map((item, position) => {
    const key = groupOf[position];
    const reading = key === undefined ? undefined : merged.get(key);
    return item.ok && reading !== undefined ? { ...item, reading } : item;
  });
}

function mergedReading(group: {
  readonly first: Reading;
  readonly metrics: Reading['metrics'];
  readonly count: number;
}): Reading {
  if (group.count === 1) return group.first;
  const { deviceId, measuredAtMs, place, readingId } = group.first;
  const content = { deviceId, measuredAtMs, metrics: group.metrics };
  const isDerived = readingId === deriveReadingId(group.first);
  return { readingId: isDerived ? deriveReadingId(content) : readingId, ...content, place };
}

function isObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
