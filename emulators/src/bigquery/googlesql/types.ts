/** A GoogleSQL type, and how each is held in DuckDB. */
export type SqlType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly StructField[] };

export interface StructField {
  /** '' for a field without a name. */
  readonly name: string;
  readonly type: SqlType;
}

export const SCALAR_KINDS = [
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'JSON',
  'INTERVAL',
  /** The type of a bare NULL, until something gives it one. */
  'NULL',
] as const;
export type ScalarKind = (typeof SCALAR_KINDS)[number];

export const INT64: SqlType = { kind: 'INT64' };
export const FLOAT64: SqlType = { kind: 'FLOAT64' };
export const NUMERIC: SqlType = { kind: 'NUMERIC' };
export const BOOL: SqlType = { kind: 'BOOL' };
export const STRING: SqlType = { kind: 'STRING' };
export const BYTES: SqlType = { kind: 'BYTES' };
export const DATE: SqlType = { kind: 'DATE' };
export const DATETIME: SqlType = { kind: 'DATETIME' };
export const TIME: SqlType = { kind: 'TIME' };
export const TIMESTAMP: SqlType = { kind: 'TIMESTAMP' };
export const JSON_TYPE: SqlType = { kind: 'JSON' };
export const INTERVAL: SqlType = { kind: 'INTERVAL' };
export const NULL_TYPE: SqlType = { kind: 'NULL' };

export function arrayOf(element: SqlType): SqlType {
  return { kind: 'ARRAY', element };
}

export function structOf(fields: readonly StructField[]): SqlType {
  return { kind: 'STRUCT', fields };
}

/** Names that mean a scalar type in SQL text and in REST schemas. */
const ALIASES: Readonly<Record<string, ScalarKind>> = {
  ...Object.fromEntries(SCALAR_KINDS.filter((kind) => kind !== 'NULL').map((kind) => [kind, kind])),
  INT: 'INT64',
  INTEGER: 'INT64',
  SMALLINT: 'INT64',
  BIGINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  DECIMAL: 'NUMERIC',
};

export function scalarNamed(name: string): SqlType | undefined {
  const kind = ALIASES[name.toUpperCase()];
  return kind === undefined ? undefined : { kind };
}

/** As BigQuery writes the type in messages and in INFORMATION_SCHEMA. */
export function typeName(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeName(type.element)}>`;
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((field) =>
      field.name === '' ? typeName(field.type) : `${field.name} ${typeName(field.type)}`,
    );
    return `STRUCT<${fields.join(', ')}>`;
  }
  return type.kind;
}

const DUCK_SCALARS: Readonly<Record<ScalarKind, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38,9)',
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TIME: 'TIME',
  TIMESTAMP: 'TIMESTAMPTZ',
  JSON: 'JSON',
  INTERVAL: 'INTERVAL',
  NULL: 'BIGINT',
};

export function duckType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckType(type.element)}[]`;
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map(
      (field, index) => `${quote(duckFieldName(field.name, index))} ${duckType(field.type)}`,
    );
    return `STRUCT(${fields.join(', ')})`;
  }
  return DUCK_SCALARS[type.kind];
}

/** DuckDB wants a name for every field of a struct. */
export function duckFieldName(name: string, index: number): string {
  return name === '' ? `_field_${index + 1}` : name;
}

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && sameType(a.element, b.element);
  if (a.kind === 'STRUCT') {
    return (
      b.kind === 'STRUCT' &&
      a.fields.length === b.fields.length &&
      a.fields.every((field, index) => sameType(field.type, b.fields[index]?.type ?? NULL_TYPE))
    );
  }
  return a.kind === b.kind;
}

/** A DuckDB identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A DuckDB string literal. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
