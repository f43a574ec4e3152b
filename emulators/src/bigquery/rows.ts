import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import {
  parseDateDays,
  parseDatetimeMicros,
  parseTimeMicros,
  parseTimestampMicros,
} from './googlesql/temporal.ts';
import type { SqlType } from './googlesql/types.ts';
import { normalJson } from './json-text.ts';

/** Why a JSON value does not fit its column, in the words of `insertAll`. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.location = location;
  }
}

export interface RowColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly required: boolean;
}

/**
 * A JSON object as values in the order of `columns`. Throws `RowError` at the first that does not fit.
 *
 * `isUnknownIgnored` drops fields that the table lacks.
 */
export function decodeRow(
  row: unknown,
  columns: readonly RowColumn[],
  isUnknownIgnored: boolean,
  path = '',
): DuckDBValue[] {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new RowError('This field: is not a record.', path.replace(/\.$/, ''));
  }
  const given = row as Record<string, unknown>;
  let used = 0;
  const values = columns.map((column) => {
    const value = column.name in given ? given[column.name] : findCaseless(given, column.name);
    if (value !== undefined) used += 1;
    return decodeField(value, column, isUnknownIgnored, path);
  });
  if (!isUnknownIgnored && used !== Object.keys(given).length) checkUnknown(given, columns, path);
  return values;
}

function findCaseless(given: Record<string, unknown>, name: string): unknown {
  const key = Object.keys(given).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : given[key];
}

function checkUnknown(
  given: Record<string, unknown>,
  columns: readonly RowColumn[],
  path: string,
): void {
  const known = new Set(columns.map((column) => column.name.toLowerCase()));
  const unknown = Object.keys(given).find((key) => !known.has(key.toLowerCase()));
  if (unknown !== undefined)
    throw new RowError(`no such field: ${path}${unknown}.`, `${path}${unknown}`);
}

function decodeField(
  value: unknown,
  column: RowColumn,
  isUnknownIgnored: boolean,
  path: string,
): DuckDBValue {
  const location = `${path}${column.name}`;
  const { type } = column;
  if (type.kind === 'ARRAY') {
    if (value === undefined || value === null) return new DuckDBListValue([]);
    if (!Array.isArray(value)) {
      throw new RowError(`Repeated field must be imported as a JSON array.`, location);
    }
    return new DuckDBListValue(
      value.map((item, index) =>
        decodeItem(item, type.element, isUnknownIgnored, `${location}[${index}]`),
      ),
    );
  }
  if (value === undefined || value === null) {
    if (!column.required) return null;
    throw new RowError(`Missing required field: Msg_0_CLOUD_QUERY_TABLE.${location}.`, '');
  }
  return decodeValue(value, type, isUnknownIgnored, location);
}

function decodeItem(
  value: unknown,
  type: SqlType,
  isUnknownIgnored: boolean,
  location: string,
): DuckDBValue {
  if (value === null || value === undefined) {
    throw new RowError('Only optional fields can be set to NULL.', location);
  }
  return decodeValue(value, type, isUnknownIgnored, location);
}

function decodeValue(
  value: unknown,
  type: SqlType,
  isUnknownIgnored: boolean,
  location: string,
): DuckDBValue {
  if (type.kind === 'STRUCT') {
    const columns = type.fields.map((field) => ({
      name: field.name,
      type: field.type,
      required: false,
    }));
    const values = decodeRow(value, columns, isUnknownIgnored, `${location}.`);
    return new DuckDBStructValue(
      Object.fromEntries(columns.map((column, index) => [column.name, values[index] ?? null])),
    );
  }
  const decoded = decodeScalar(value, type.kind);
  if (decoded !== undefined) return decoded;
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  throw new RowError(wrongValue(type.kind, shown, value), location);
}

function wrongValue(kind: string, shown: string, value: unknown): string {
  if (typeof value === 'object') return 'This field: cannot be a record or an array.';
  switch (kind) {
    case 'INT64':
      return `Cannot convert value to integer (bad value): ${shown}`;
    case 'FLOAT64':
      return `Cannot convert value to floating point (bad value): ${shown}`;
    case 'BOOL':
      return `Cannot convert value to boolean (bad value): ${shown}`;
    case 'BYTES':
      return `Could not decode base64 string to bytes: ${shown}`;
    default:
      return `Could not parse '${shown}' as ${kind}`;
  }
}

/** Undefined where the value does not fit the type. */
export function decodeScalar(value: unknown, kind: string): DuckDBValue | undefined {
  if (kind === 'STRING') return typeof value === 'object' ? undefined : String(value);
  if (kind === 'JSON') return decodeJson(value);
  if (typeof value === 'object') return undefined;
  switch (kind) {
    case 'INT64':
      return decodeInteger(value);
    case 'FLOAT64':
      return decodeFloat(value);
    case 'BOOL':
      return typeof value === 'boolean' ? value : BOOLEANS[String(value).toLowerCase()];
    case 'NUMERIC':
      return decodeNumeric(String(value));
    case 'TIMESTAMP':
      return decodeTimestamp(value);
    case 'BYTES':
      return decodeBytes(value);
    default:
      return typeof value === 'string' ? decodeTemporal(value, kind) : undefined;
  }
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  '1': true,
  '0': false,
};

function decodeInteger(value: unknown): bigint | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(\.0*)?\s*$/.test(value)) return undefined;
  const integer = BigInt(value.trim().replace(/^\+|\.0*$/g, ''));
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

const FLOAT_WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

function decodeFloat(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const word = FLOAT_WORDS[value.trim().toLowerCase()];
  if (word !== undefined) return word;
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

/** At most 29 digits before the point and 9 after. */
function decodeNumeric(value: string): DuckDBDecimalValue | undefined {
  const match = /^\s*([+-]?)(\d{1,29})(?:\.(\d{0,9})0*)?\s*$/.exec(value);
  if (match === null) return undefined;
  const digits = BigInt(`${match[2]}${(match[3] ?? '').padEnd(9, '0')}`);
  return new DuckDBDecimalValue(match[1] === '-' ? -digits : digits, 38, 9);
}

/** A number is seconds since 1970, with a fraction. */
function decodeTimestamp(value: unknown): DuckDBTimestampTZValue | undefined {
  const isSeconds =
    typeof value === 'number' ||
    (typeof value === 'string' && /^-?\d+(\.\d+)?(E\d+)?$/.test(value));
  if (isSeconds) {
    const micros = Math.round(Number(value) * 1e6);
    return Math.abs(micros) < 2.5e17 ? new DuckDBTimestampTZValue(BigInt(micros)) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  const micros = parseTimestampMicros(value);
  return micros === undefined ? undefined : new DuckDBTimestampTZValue(micros);
}

function decodeBytes(value: unknown): DuckDBBlobValue | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return undefined;
  return new DuckDBBlobValue(Buffer.from(value, 'base64'));
}

function decodeTemporal(value: string, kind: string): DuckDBValue | undefined {
  if (kind === 'DATE') {
    const days = parseDateDays(value);
    return days === undefined ? undefined : new DuckDBDateValue(days);
  }
  const micros =
    kind === 'TIME'
      ? parseTimeMicros(value)
      : kind === 'DATETIME'
        ? parseDatetimeMicros(value)
        : undefined;
  if (micros === undefined) return undefined;
  return kind === 'TIME' ? new DuckDBTimeValue(micros) : new DuckDBTimestampValue(micros);
}

/** A string is JSON text, as `insertAll` wants it; anything else is taken as it is. */
function decodeJson(value: unknown): string | undefined {
  if (typeof value !== 'string') return normalJson(JSON.stringify(value));
  try {
    return normalJson(value);
  } catch {
    return undefined;
  }
}
