import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { BigQueryError } from './errors.ts';
import { formatDate, formatDatetime, formatTime } from './googlesql/temporal.ts';
import { duckFieldName, type SqlType } from './googlesql/types.ts';

export type Cell = { v: CellValue };
type CellValue = string | null | Cell[] | { f: Cell[] };

/**
 * One value as `getQueryResults` and `tabledata.list` write it.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
 */
export function encodeCell(
  value: DuckDBValue,
  type: SqlType,
  options: { int64Timestamp: boolean },
): Cell {
  if (type.kind === 'ARRAY') {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return { v: items.map((item) => encodeElement(item, type.element, options)) };
  }
  if (value === null) return { v: null };
  if (type.kind === 'STRUCT') {
    const entries = value instanceof DuckDBStructValue ? value.entries : {};
    const cells = type.fields.map((field, index) =>
      encodeCell(entries[duckFieldName(field.name, index)] ?? null, field.type, options),
    );
    return { v: { f: cells } };
  }
  return { v: scalar(value, type.kind, options) };
}

function encodeElement(
  value: DuckDBValue,
  type: SqlType,
  options: { int64Timestamp: boolean },
): Cell {
  if (value === null) {
    throw new BigQueryError(
      'invalidQuery',
      'Array cannot have a null element; error in writing field',
    );
  }
  return encodeCell(value, type, options);
}

/** DuckDB's calendar goes further than BigQuery's years 1 to 9999. */
const MIN_MICROS = -62_135_596_800_000_000n;
const MAX_MICROS = 253_402_300_799_999_999n;

function inRange(micros: bigint, kind: string): bigint {
  if (MIN_MICROS <= micros && micros <= MAX_MICROS) return micros;
  throw new BigQueryError('invalidQuery', `${kind} overflow: outside of the years 1 to 9999`);
}

function scalar(value: DuckDBValue, kind: string, options: { int64Timestamp: boolean }): string {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value)
      throw new BigQueryError('invalidQuery', `int64 overflow: ${value}`);
    return String(value);
  }
  if (typeof value === 'number') return kind === 'FLOAT64' ? javaDouble(value) : String(value);
  if (value instanceof DuckDBTimestampTZValue) {
    return options.int64Timestamp
      ? String(inRange(value.micros, kind))
      : javaDouble(Number(inRange(value.micros, kind)) / 1e6);
  }
  if (value instanceof DuckDBTimestampValue)
    return formatDatetime(inRange(value.micros, kind), 'T');
  if (value instanceof DuckDBDateValue) {
    inRange(BigInt(value.days) * 86_400_000_000n, kind);
    return formatDate(value.days);
  }
  if (value instanceof DuckDBTimeValue) return formatTime(value.micros);
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBIntervalValue) return interval(value);
  return String(value);
}

/** Doubles come in the form of Java's Double.toString: `1.0`, `1.0E10`, `NaN`. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  const size = Math.abs(value);
  if (size === 0 || (1e-3 <= size && size < 1e7)) {
    const text = String(value);
    return text.includes('.') ? text : `${Object.is(value, -0) ? '-0' : text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent.replace('+', '')}`;
}

/** Without trailing zeros. */
function decimal(value: DuckDBDecimalValue): string {
  const text = value.toString();
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `[-]Y-M [-]D [-]H:M:S[.F]` */
function interval({ months, days, micros }: DuckDBIntervalValue): string {
  const sign = (negative: boolean): string => (negative ? '-' : '');
  const abs = Math.abs(months);
  const absMicros = micros < 0n ? -micros : micros;
  const seconds = absMicros / 1_000_000n;
  const fraction = absMicros % 1_000_000n;
  const tail = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`;
  const clock = `${seconds / 3600n}:${(seconds / 60n) % 60n}:${seconds % 60n}${tail}`;
  return `${sign(months < 0)}${Math.floor(abs / 12)}-${abs % 12} ${days} ${sign(micros < 0n)}${clock}`;
}
