import { type Context, fail, refuse } from './context.ts';
import { coerce, type Typed } from './typed.ts';
import { duckType, type SqlType, sameType, typeName } from './types.ts';

/** How each pair casts. `$1` is the value. Source: …/standard-sql/conversion_functions#cast */
const CASTS: Readonly<Record<string, string>> = {
  'STRING INT64': 'bq_string_to_int64($1)',
  'STRING FLOAT64': 'bq_string_to_float64($1)',
  'STRING NUMERIC': 'bq_string_to_numeric($1)',
  'STRING BOOL': 'bq_string_to_bool($1)',
  'STRING BYTES': 'encode($1)',
  'STRING DATE': 'bq_string_to_date($1)',
  'STRING DATETIME': 'bq_string_to_datetime($1)',
  'STRING TIME': 'bq_string_to_time($1)',
  'STRING TIMESTAMP': 'bq_string_to_timestamp($1)',
  'BYTES STRING': 'decode($1)',
  'INT64 STRING': 'CAST($1 AS VARCHAR)',
  'INT64 BOOL': '($1 <> 0)',
  'INT64 FLOAT64': 'CAST($1 AS DOUBLE)',
  'INT64 NUMERIC': 'CAST($1 AS DECIMAL(38,9))',
  'FLOAT64 STRING': 'bq_float64_to_string($1)',
  'FLOAT64 INT64': 'CAST(round($1) AS BIGINT)',
  'FLOAT64 NUMERIC': 'CAST(bq_exact_numeric($1) AS DECIMAL(38,9))',
  'NUMERIC STRING': 'bq_numeric_to_string($1)',
  'NUMERIC INT64': 'CAST(round($1) AS BIGINT)',
  'NUMERIC FLOAT64': 'CAST($1 AS DOUBLE)',
  'BOOL STRING': 'CAST($1 AS VARCHAR)',
  'BOOL INT64': 'CAST($1 AS BIGINT)',
  'DATE STRING': 'CAST($1 AS VARCHAR)',
  'DATE DATETIME': 'CAST($1 AS TIMESTAMP)',
  'DATE TIMESTAMP': 'bq_from_utc(CAST($1 AS TIMESTAMP))',
  'DATETIME STRING': 'bq_datetime_to_string($1)',
  'DATETIME DATE': 'CAST($1 AS DATE)',
  'DATETIME TIME': 'CAST($1 AS TIME)',
  'DATETIME TIMESTAMP': 'bq_from_utc($1)',
  'TIME STRING': 'bq_time_to_string($1)',
  'TIMESTAMP STRING': 'bq_timestamp_to_string($1)',
  'TIMESTAMP DATE': 'CAST(bq_to_utc($1) AS DATE)',
  'TIMESTAMP DATETIME': 'bq_to_utc($1)',
  'TIMESTAMP TIME': 'CAST(bq_to_utc($1) AS TIME)',
};

export function castTo(value: Typed, to: SqlType, at: number, context: Context): Typed {
  if (sameType(value.type, to)) return { sql: value.sql, type: to };
  if (value.type.kind === 'NULL') return { sql: `CAST(NULL AS ${duckType(to)})`, type: to };
  // A literal keeps the digits that are written.
  if (value.type.kind === 'FLOAT64' && to.kind === 'NUMERIC' && value.literal !== undefined)
    return coerce(value, to) ?? value;
  const template = CASTS[`${value.type.kind} ${to.kind}`];
  if (template !== undefined) return { sql: template.replaceAll('$1', () => value.sql), type: to };
  const coerced = coerce({ sql: value.sql, type: value.type }, to);
  if (coerced !== undefined) return coerced;
  if (
    ['ARRAY', 'STRUCT', 'INTERVAL', 'JSON'].includes(value.type.kind) ||
    ['INTERVAL'].includes(to.kind)
  ) {
    refuse(context, 'CAST', `${typeName(value.type)} AS ${typeName(to)}`, at);
  }
  return fail(context, `Invalid cast from ${typeName(value.type)} to ${typeName(to)}`, at);
}
