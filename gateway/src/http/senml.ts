import type { DeadLetterReason } from '@plumbline/contracts';
import { deviceAndMetric, inMetricUnit } from './senml-metric.ts';

/** What became of one record of a SenML pack. */
export type SenmlItem =
  | {
      readonly ok: true;
      /** Position of the record in the pack. */
      readonly index: number;
      /** A reading in the nested wire form, with one metric. */
      readonly wire: Readonly<Record<string, unknown>>;
      /** True if the record's time was relative to the moment of receiving. */
      readonly isRelative: boolean;
    }
  | SenmlRefusal;

export interface SenmlRefusal {
  readonly ok: false;
  readonly index: number;
  /** JSON pointer to the wrong field. */
  readonly pointer: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** The whole pack is refused: RFC 8428 leaves no record of it a meaning. */
export class PackRefused extends Error {
  override readonly name = 'PackRefused';
  readonly pointer: string;

  constructor(pointer: string, detail: string) {
    super(detail);
    this.pointer = pointer;
  }
}

/** The newest version that this reads. Source: RFC 8428, section 4.4. */
const VERSION = 10;
/** Seconds below this are relative to now. Source: RFC 8428, section 4.5.3. */
const RELATIVE_BELOW = 2 ** 28;
/** Longer than any device id and metric, and short enough to be taken apart at no cost. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]{0,199}$/;
const BASE_TYPES: Readonly<Record<string, 'string' | 'number'>> = {
  bn: 'string',
  bt: 'number',
  bu: 'string',
  bv: 'number',
  bs: 'number',
  bver: 'number',
};
const TYPES: Readonly<Record<string, 'string' | 'number' | 'boolean'>> = {
  ...BASE_TYPES,
  n: 'string',
  u: 'string',
  v: 'number',
  vs: 'string',
  vb: 'boolean',
  vd: 'string',
  s: 'number',
  t: 'number',
  ut: 'number',
};

interface Base {
  bn: string;
  bt: number;
  bu: string | undefined;
  bv: number | undefined;
}

/**
 * Reads a SenML pack in JSON and gives each of its records as a reading, or says what is wrong with it.
 *
 * Base fields hold from their record on. Times below 2^28 s are relative to `nowMs`. A record with base fields alone
 * gives nothing. Sums are read and left out, for no metric is one; a record with a sum and no value is refused.
 * Strings, booleans and data are refused: readings are numbers. Unknown fields are ignored unless they end in `_`.
 *
 * @throws PackRefused for a pack that is no array of objects, has a base field of the wrong type, another version
 *   than it may have, or a field that must be understood: what follows such a record cannot be resolved
 *
 * Source: RFC 8428, sections 4.1 to 4.6 and 5; section 4.4 for versions and fields that end in `_`.
 */
export function parseSenml(pack: unknown, nowMs: number): SenmlItem[] {
  if (!Array.isArray(pack)) throw new PackRefused('', 'expected an array of records');
  const base: Base = { bn: '', bt: 0, bu: undefined, bv: undefined };
  let version: number | undefined;
  const items: SenmlItem[] = [];
  for (const [index, record] of pack.entries()) {
    if (!isRecord(record)) throw new PackRefused(`/${index}`, 'expected an object');
    checkPackFields(record, index);
    if (record.bver !== undefined) version = checkVersion(record.bver as number, version, index);
    if (record.bn !== undefined) base.bn = record.bn as string;
    if (record.bt !== undefined) base.bt = record.bt as number;
    if (record.bu !== undefined) base.bu = record.bu as string;
    if (record.bv !== undefined) base.bv = record.bv as number;
    const isBaseOnly = Object.keys(record).every((field) => field in BASE_TYPES);
    // A name of its own is not needed: the base name may be the whole of it.
    if (isBaseOnly && record.bv === undefined) continue;
    items.push(resolve(record, base, index, nowMs));
  }
  return items;
}

function checkPackFields(record: Fields, index: number): void {
  for (const [field, value] of Object.entries(record)) {
    const pointer = `/${index}/${escaped(field)}`;
    if (field.endsWith('_')) throw new PackRefused(pointer, 'this field must be understood');
    const wanted = BASE_TYPES[field];
    if (wanted !== undefined && !isOfType(value, wanted)) {
      throw new PackRefused(pointer, `expected a ${wanted}`);
    }
  }
}

function checkVersion(given: number, before: number | undefined, index: number): number {
  const pointer = `/${index}/bver`;
  if (!Number.isInteger(given) || given < 1 || VERSION < given) {
    throw new PackRefused(pointer, `version ${given} not in [1, ${VERSION}]`);
  }
  if (before !== undefined && before !== given) {
    throw new PackRefused(pointer, `version ${given} after ${before}: a pack has one version`);
  }
  return given;
}

function resolve(record: Fields, base: Base, index: number, nowMs: number): SenmlItem {
  const refuse = (field: string, reason: DeadLetterReason, detail: string): SenmlRefusal => ({
    ok: false,
    index,
    pointer: `/${index}/${field}`,
    reason,
    detail: `${field}: ${detail}`,
  });
  for (const [field, value] of Object.entries(record)) {
    const wanted = TYPES[field];
    if (wanted !== undefined && !isOfType(value, wanted)) {
      return refuse(field, 'invalid_field', `expected a ${wanted}`);
    }
  }
  const other = ['vs', 'vb', 'vd'].find((field) => record[field] !== undefined);
  if (other !== undefined) {
    const isTwice = record.v !== undefined;
    const detail = isTwice ? 'a record has one value, this has v too' : 'only numbers are stored';
    return refuse(other, 'invalid_field', detail);
  }
  if (record.v === undefined && record.s !== undefined) {
    return refuse('s', 'invalid_field', 'a sum without a value is not stored');
  }
  if (record.v === undefined && base.bv === undefined) {
    return refuse('v', 'missing_field', 'expected a number');
  }
  const name = base.bn + ((record.n as string | undefined) ?? '');
  const nameField = record.n === undefined && record.bn !== undefined ? 'bn' : 'n';
  if (name === '') return refuse('n', 'missing_field', 'a record needs n or bn');
  if (!NAME.test(name)) {
    return refuse(nameField, 'invalid_field', 'expected letters, digits and - : . / _ up to 200');
  }
  const unit = (record.u as string | undefined) ?? base.bu;
  const unitField = record.u === undefined && record.bu !== undefined ? 'bu' : 'u';
  const { deviceId, metric } = deviceAndMetric(name, unit);
  if (metric === undefined) {
    const field = unit === undefined ? nameField : unitField;
    return refuse(field, 'unknown_metric', 'neither the name nor the unit is that of a metric');
  }
  const raw = (base.bv ?? 0) + ((record.v as number | undefined) ?? 0);
  const value = inMetricUnit(metric, unit, raw);
  if (value === undefined) {
    return refuse(unitField, 'invalid_field', `not a unit of ${metric}`);
  }
  const seconds = base.bt + ((record.t as number | undefined) ?? 0);
  const isRelative = seconds < RELATIVE_BELOW;
  const atMs = Math.round(isRelative ? nowMs + seconds * 1000 : seconds * 1000);
  if (Number.isNaN(new Date(atMs).getTime())) {
    return refuse(record.t === undefined ? 'bt' : 't', 'invalid_field', 'expected a real time');
  }
  const wire = {
    device_id: deviceId,
    measured_at: new Date(atMs).toISOString(),
    metrics: { [metric]: value },
  };
  return { ok: true, index, wire, isRelative };
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(input: unknown): input is Fields {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function isOfType(value: unknown, wanted: 'string' | 'number' | 'boolean'): boolean {
  return typeof value === wanted && (wanted !== 'number' || Number.isFinite(value));
}

/** A field name inside a JSON pointer, RFC 6901. */
function escaped(field: string): string {
  return field.slice(0, 40).replaceAll('~', '~0').replaceAll('/', '~1');
}
