import { createHash } from 'node:crypto';
import type { DeadLetterReason } from './errors.ts';
import { parseInstant } from './instant.ts';
import { isMetricName, METRIC_NAMES, METRICS, type Metric, type MetricName } from './metrics.ts';

/** Where a device is. Every part may be unknown. */
export interface Place {
  readonly building?: string;
  readonly floor?: number;
  readonly room?: string;
  /** Kind of room in snake_case, e.g. `server_room`. */
  readonly type?: string;
}

/** What one device measured at one moment: one metric or more. */
export interface Reading {
  /** Equal for every copy of the same reading, however often it is sent. */
  readonly readingId: string;
  readonly deviceId: string;
  /** Epoch milliseconds, UTC, by the device's clock. */
  readonly measuredAtMs: number;
  /** At least one value, each finite, in the metric's unit and plausible range. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  readonly place: Place;
  /** The truth known from simulator or data set. For evaluation only: no detector ever sees it. */
  readonly label?: string;
}

export type ParsedReading =
  | { readonly ok: true; readonly reading: Reading }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly detail: string };

export const DEVICE_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$';
export const LABEL_PATTERN = '^[a-z][a-z0-9_]{0,63}$';
const DEVICE_ID = new RegExp(DEVICE_ID_PATTERN);
const LABEL = new RegExp(LABEL_PATTERN);
const READING_ID = /^[\x21-\x7e]{1,128}$/;
const PLACE_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const SNAKE_NAME = /^[a-z0-9][a-z0-9_]{0,63}$/;
// RFC 3339; a time without an offset is taken as UTC, as the older flat and narrow producers send it.
const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

const RANGES: ReadonlyMap<string, Metric> = new Map(Object.entries(METRICS));

/**
 * Reads one reading in any of its three wire forms and normalises it.
 *
 * - nested: `{ reading_id?, device_id, measured_at, metrics: { temperature: 22.3, … }, place?, label? }`
 * - flat: `{ reading_id?, device_id, timestamp, temperature: 22.3, vibration: 1.2, …, building?, floor?, room?, room_type?, label? }`;
 *   keys that are not in the catalogue are ignored
 * - narrow: `{ reading_id?, sensor_id, sensor_type: 'temperature', value, unit?, location?, timestamp, label? }`
 *
 * Never throws. A refusal has a reason of the closed set and a detail that names the field, never its value's full text.
 */
export function parseReading(input: unknown): ParsedReading {
  try {
    if (!isRecord(input)) refuse('not_a_reading', `expected an object, got ${kindOf(input)}`);
    return { ok: true, reading: read(input) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason, detail: error.message };
    throw error;
  }
}

/**
 * The id of a reading whose producer gave none: derived from its content, so that a redelivery keeps it.
 *
 * Two readings of one device with the same time and the same values get one id: they are the same reading.
 */
export function deriveReadingId(reading: Omit<Reading, 'readingId' | 'place'>): string {
  const values = METRIC_NAMES.flatMap((name) => {
    const value = reading.metrics[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const content = [reading.deviceId, reading.measuredAtMs, ...values].join('\n');
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

/** The nested wire form, as producers publish it. */
export function toWire(reading: Reading): Record<string, unknown> {
  return {
    reading_id: reading.readingId,
    device_id: reading.deviceId,
    measured_at: new Date(reading.measuredAtMs).toISOString(),
    metrics: reading.metrics,
    ...(Object.keys(reading.place).length > 0 && { place: reading.place }),
    ...(reading.label !== undefined && { label: reading.label }),
  };
}

class Refusal extends Error {
  readonly reason: DeadLetterReason;
  constructor(reason: DeadLetterReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

function refuse(reason: DeadLetterReason, detail: string): never {
  throw new Refusal(reason, detail);
}

type Fields = Readonly<Record<string, unknown>>;

function read(input: Fields): Reading {
  const deviceField = 'device_id' in input || !('sensor_id' in input) ? 'device_id' : 'sensor_id';
  const timeField = 'measured_at' in input ? 'measured_at' : 'timestamp';
  const deviceId = text(input, deviceField, DEVICE_ID, 'letters, digits and . _ : - up to 64');
  const measuredAtMs = instant(input, timeField);
  const metrics = metricsOf(input);
  const label = present(input.label)
    ? text(input, 'label', LABEL, 'snake_case up to 64')
    : undefined;
  const readingId = present(input.reading_id)
    ? text(input, 'reading_id', READING_ID, '1 to 128 printable ASCII characters')
    : deriveReadingId({ deviceId, measuredAtMs, metrics });
  const place = placeOf(input);
  return label === undefined
    ? { readingId, deviceId, measuredAtMs, metrics, place }
    : { readingId, deviceId, measuredAtMs, metrics, label, place };
}

function metricsOf(input: Fields): Reading['metrics'] {
  if ('metrics' in input) {
    const metrics = input.metrics;
    if (!isRecord(metrics)) {
      refuse('invalid_field', `metrics: expected an object, got ${kindOf(metrics)}`);
    }
    let count = 0;
    for (const name in metrics) {
      if (!isPlainValue(metrics[name], name)) {
        value(metrics[name], metricName(name, 'metrics'), 'metrics.');
      }
      count++;
    }
    if (count === 0) refuse('missing_field', 'metrics: expected at least one metric');
    // Nothing in it but what was just checked: a copy would cost as much as the checks.
    return metrics as Reading['metrics'];
  }
  if ('sensor_type' in input) {
    const name = input.sensor_type;
    if (typeof name !== 'string') {
      refuse('invalid_field', `sensor_type: expected a string, got ${kindOf(name)}`);
    }
    const metric = metricName(name, 'sensor_type');
    if (present(input.unit)) checkUnit(input.unit, metric);
    if (!('value' in input)) refuse('missing_field', 'value');
    return { [metric]: value(input.value, metric, '', 'value') };
  }
  const names = METRIC_NAMES.filter((name) => name in input);
  if (names.length === 0) {
    refuse('missing_field', `metrics, sensor_type or one of ${METRIC_NAMES.join(', ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, value(input[name], name, '')]));
}

function metricName(name: string, field: string): MetricName {
  if (isMetricName(name)) return name;
  refuse(
    'unknown_metric',
    `${field}: "${name.slice(0, 40)}" is not one of ${METRIC_NAMES.join(', ')}`,
  );
}

function checkUnit(unit: unknown, name: MetricName): void {
  const metric: Metric = METRICS[name];
  if (typeof unit === 'string' && (unit === metric.unit || metric.unitAliases.includes(unit)))
    return;
  const got = typeof unit === 'string' ? `"${unit.slice(0, 20)}"` : kindOf(unit);
  refuse('invalid_field', `unit: expected ${metric.unit} for ${name}, got ${got}`);
}

/** True for what `value` accepts. False says nothing: it is the short way past the many that are right. */
function isPlainValue(input: unknown, name: string): boolean {
  const range = RANGES.get(name);
  return (
    range !== undefined && typeof input === 'number' && range.min <= input && input <= range.max
  );
}

/** `path` and `field` name the value in a refusal. */
function value(input: unknown, name: MetricName, path: string, field: string = name): number {
  if (typeof input !== 'number' || !Number.isFinite(input)) {
    refuse('invalid_field', `${path}${field}: expected a finite number, got ${kindOf(input)}`);
  }
  const { min, max, unit } = METRICS[name];
  if (input < min || max < input) {
    refuse('implausible_value', `${path}${field}: ${input} is not in [${min}, ${max}] ${unit}`);
  }
  return input;
}

function placeOf(input: Fields): Place {
  if (present(input.place)) {
    if (!isRecord(input.place)) {
      refuse('invalid_field', `place: expected an object, got ${kindOf(input.place)}`);
    }
    const { building, floor, room, type } = input.place;
    return place(building, floor, room, type, 'place.');
  }
  return place(input.building, input.floor, input.room, input.room_type ?? input.location, '');
}

function place(
  building: unknown,
  floor: unknown,
  room: unknown,
  type: unknown,
  path: string,
): Place {
  if (present(floor) && !(Number.isSafeInteger(floor) && Math.abs(floor as number) <= 1000)) {
    refuse('invalid_field', `${path}floor: expected a whole number, got ${kindOf(floor)}`);
  }
  const found: { building?: string; floor?: number; room?: string; type?: string } = {};
  if (present(building)) found.building = placeName(building, path, 'building');
  if (present(floor)) found.floor = floor as number;
  if (present(room)) found.room = placeName(room, path, 'room');
  if (present(type)) found.type = snakeCase(type, path);
  return found;
}

function placeName(input: unknown, path: string, field: string): string {
  // The first is twice as fast, and nearly every name is plain.
  if (typeof input === 'string' && (PLAIN_NAME.test(input) || PLACE_NAME.test(input))) return input;
  refuse('invalid_field', `${path}${field}: expected letters, digits, space and . _ - up to 64`);
}

function snakeCase(input: unknown, path: string): string {
  // Nearly always so already.
  if (typeof input === 'string' && SNAKE_NAME.test(input)) return input;
  return placeName(input, path, 'type')
    .trim()
    .toLowerCase()
    .replaceAll(/[ .-]+/g, '_');
}

function text(input: Fields, field: string, pattern: RegExp, expected: string): string {
  const found = input[field];
  if (!present(found)) refuse('missing_field', field);
  if (typeof found === 'string' && pattern.test(found)) return found;
  const got = typeof found === 'string' ? 'another text' : kindOf(found);
  refuse('invalid_field', `${field}: expected ${expected}, got ${got}`);
}

function instant(input: Fields, field: string): number {
  const found = input[field];
  if (!present(found)) refuse('missing_field', field === 'timestamp' ? 'measured_at' : field);
  const plainMs = typeof found === 'string' ? parseInstant(found) : Number.NaN;
  if (!Number.isNaN(plainMs)) return plainMs;
  const expected = 'RFC 3339, e.g. 2026-11-20T09:00:00Z';
  if (typeof found !== 'string' || !INSTANT.test(found)) {
    refuse('invalid_field', `${field}: expected ${expected}, got ${kindOf(found)}`);
  }
  const hasOffset = found.endsWith('Z') || /[+-]\d\d:\d\d$/.test(found);
  const atMs = Date.parse(hasOffset ? found : `${found}Z`);
  if (Number.isNaN(atMs))
    refuse('invalid_field', `${field}: expected ${expected}, got no real time`);
  return atMs;
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isRecord(input: unknown): input is Fields {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'an array';
  if (typeof input === 'number') return Number.isFinite(input) ? 'a number' : String(input);
  return typeof input === 'object' ? 'an object' : `a ${typeof input}`;
}
