import { roundedNumeric } from '../exact-numeric.ts';
import {
  formatDate,
  formatDatetime,
  formatTime,
  parseDateDays,
  parseDatetimeMicros,
  parseTimeMicros,
  parseTimestampMicros,
} from './temporal.ts';
import {
  duckFieldName,
  duckType,
  NULL_TYPE,
  NUMERIC,
  quote,
  type SqlType,
  sameType,
  text,
} from './types.ts';

/** A translated expression: DuckDB text that is safe to put anywhere, and its GoogleSQL type. */
export interface Typed {
  readonly sql: string;
  readonly type: SqlType;
  /** The value, where the expression is a literal: literals coerce further than other expressions. */
  readonly literal?: string | undefined;
  /** The column of a base table that this is and nothing more, as `t1."x"`. */
  readonly origin?: string | undefined;
  /** True for a function's parameter whose argument looks at more than its own row. */
  readonly holdsAggregate?: boolean;
  /** True for a query parameter, which coerces as a literal does. */
  readonly isParameter?: boolean;
  /** An INTERVAL that was written `INTERVAL amount unit`. */
  readonly interval?: { readonly amount: string; readonly unit: string };
}

/** DuckDB text of a typed literal, or undefined where `value` is not of that type's form. */
export function temporalLiteral(kind: string, value: string): string | undefined {
  switch (kind) {
    case 'DATE': {
      const days = parseDateDays(value);
      return days === undefined ? undefined : `'${formatDate(days)}'::DATE`;
    }
    case 'DATETIME': {
      const micros = parseDatetimeMicros(value);
      return micros === undefined ? undefined : `'${formatDatetime(micros)}'::TIMESTAMP`;
    }
    case 'TIMESTAMP': {
      const micros = parseTimestampMicros(value);
      return micros === undefined ? undefined : `'${formatDatetime(micros)}+00'::TIMESTAMPTZ`;
    }
    case 'TIME': {
      const micros = parseTimeMicros(value);
      return micros === undefined ? undefined : `'${formatTime(micros)}'::TIME`;
    }
    default:
      return undefined;
  }
}

/**
 * `value` as `to` where GoogleSQL coerces it by itself, otherwise undefined.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#coercion
 */
export function coerce(value: Typed, to: SqlType): Typed | undefined {
  const from = value.type;
  if (sameType(from, to) && sameNames(from, to)) return { ...value, type: to };
  if (from.kind === 'NULL') return { sql: `CAST(NULL AS ${duckType(to)})`, type: to };
  if (from.kind === 'INT64' && (to.kind === 'FLOAT64' || to.kind === 'NUMERIC')) {
    return { sql: `CAST(${value.sql} AS ${duckType(to)})`, type: to, literal: value.literal };
  }
  if (from.kind === 'NUMERIC' && to.kind === 'FLOAT64') {
    return { sql: `CAST(${value.sql} AS DOUBLE)`, type: to };
  }
  if (from.kind === 'FLOAT64' && to.kind === 'NUMERIC' && value.literal !== undefined) {
    return { sql: `CAST(${text(roundedNumeric(value.literal))} AS DECIMAL(38,9))`, type: to };
  }
  if (from.kind === 'DATE' && to.kind === 'DATETIME') {
    return { sql: `CAST(${value.sql} AS TIMESTAMP)`, type: to };
  }
  if (from.kind === 'STRING' && value.literal !== undefined) {
    const sql = temporalLiteral(to.kind, value.literal);
    return sql === undefined ? undefined : { sql, type: to };
  }
  if (
    from.kind === 'STRING' &&
    value.isParameter === true &&
    /^(DATE|TIME|DATETIME|TIMESTAMP)$/.test(to.kind)
  ) {
    return { sql: `CAST(${value.sql} AS ${duckType(to)})`, type: to };
  }
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return coerceArray(value, from, to);
  if (from.kind === 'STRUCT' && to.kind === 'STRUCT') return coerceStruct(value, from, to);
  return undefined;
}

function coerceArray(
  value: Typed,
  from: Extract<SqlType, { kind: 'ARRAY' }>,
  to: Extract<SqlType, { kind: 'ARRAY' }>,
): Typed | undefined {
  if (from.element.kind === 'NULL') {
    return { sql: `CAST(${value.sql} AS ${duckType(to)})`, type: to };
  }
  if (from.element.kind !== 'STRUCT' || to.element.kind !== 'STRUCT') return undefined;
  const inner = coerceStruct({ sql: 'bq_e', type: from.element }, from.element, to.element);
  if (inner === undefined) return undefined;
  return { sql: `list_transform(${value.sql}, lambda bq_e: ${inner.sql})`, type: to };
}

/** DuckDB matches the fields of structs by name; GoogleSQL by position. */
function sameNames(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameNames(a.element, b.element);
  if (a.kind !== 'STRUCT' || b.kind !== 'STRUCT') return true;
  return a.fields.every((field, index) => {
    const other = b.fields[index];
    return other !== undefined && field.name === other.name && sameNames(field.type, other.type);
  });
}

/** Field by field, by position, as GoogleSQL does. */
function coerceStruct(
  value: Typed,
  from: Extract<SqlType, { kind: 'STRUCT' }>,
  to: Extract<SqlType, { kind: 'STRUCT' }>,
): Typed | undefined {
  if (from.fields.length !== to.fields.length) return undefined;
  const parts: string[] = [];
  for (const [index, field] of to.fields.entries()) {
    const source = from.fields[index];
    if (source === undefined) return undefined;
    const sql = `struct_extract(${value.sql}, ${text(duckFieldName(source.name, index))})`;
    const part = coerce({ sql, type: source.type }, field.type);
    if (part === undefined) return undefined;
    parts.push(`${quote(duckFieldName(field.name, index))} := ${part.sql}`);
  }
  return {
    sql: `CASE WHEN ${value.sql} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`,
    type: to,
  };
}

/**
 * The type that all values can be coerced to, or undefined.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#supertypes
 */
export function commonType(values: readonly Typed[]): SqlType | undefined {
  let best: SqlType = NULL_TYPE;
  for (const { type } of values) {
    if (type.kind === 'NULL' || sameType(best, type)) {
      if (best.kind === 'NULL') best = type;
      continue;
    }
    best = wider(best, type, values) ?? best;
  }
  // Beside a NUMERIC, a literal with a point is one too.
  const floats = values.filter((value) => value.type.kind === 'FLOAT64');
  const hasNumeric = values.some((value) => value.type.kind === 'NUMERIC');
  if (best.kind === 'FLOAT64' && hasNumeric && floats.every((value) => value.literal !== undefined))
    best = NUMERIC;
  return values.every((value) => coerce(value, best) !== undefined) ? best : undefined;
}

function wider(a: SqlType, b: SqlType, values: readonly Typed[]): SqlType | undefined {
  if (a.kind === 'NULL') return b;
  const order = ['INT64', 'NUMERIC', 'FLOAT64'];
  const [ia, ib] = [order.indexOf(a.kind), order.indexOf(b.kind)];
  if (ia !== -1 && ib !== -1) return ia < ib ? b : a;
  // Literals give way: `ts < '2026-01-01'` is a comparison of timestamps.
  const fixed = values.find((value) => value.type.kind !== 'NULL' && value.literal === undefined);
  if (a.kind === 'STRING' && fixed !== undefined) return b;
  if (a.kind === 'STRING' && /^(DATE|TIME|DATETIME|TIMESTAMP)$/.test(b.kind)) return b;
  if (a.kind === 'DATE' && b.kind === 'DATETIME') return b;
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    if (a.element.kind === 'NULL') return b;
    return undefined;
  }
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT' && a.fields.length === b.fields.length) {
    const fields = a.fields.map((field, index) => {
      const other = b.fields[index]?.type ?? NULL_TYPE;
      return { name: field.name, type: wider(field.type, other, []) ?? field.type };
    });
    return { kind: 'STRUCT', fields };
  }
  return undefined;
}
