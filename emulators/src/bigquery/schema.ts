import { BigQueryError } from './errors.ts';
import { arrayOf, duckFieldName, type SqlType, scalarNamed, structOf } from './googlesql/types.ts';

/** A column as the REST API has it. Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly description?: string;
  readonly fields?: readonly Field[];
  readonly defaultValueExpression?: string;
  readonly [other: string]: unknown;
}

/** The type of a field; REPEATED makes it an array. Throws `invalid` for a type BigQuery lacks. */
export function typeOfField(field: Field): SqlType {
  const name = field.type?.toUpperCase() ?? '';
  const isRecord = name === 'RECORD' || name === 'STRUCT';
  if (isRecord && (field.fields ?? []).length === 0) {
    throw new BigQueryError('invalid', `Field ${field.name} is type RECORD but has no schema`);
  }
  const type = isRecord
    ? structOf((field.fields ?? []).map((each) => ({ name: each.name, type: typeOfField(each) })))
    : scalarNamed(name);
  if (type === undefined) {
    if (/^(BIGNUMERIC|GEOGRAPHY|RANGE)$/.test(name)) {
      throw new BigQueryError(
        'notImplemented',
        `Type is not supported by the local emulator: ${name}`,
      );
    }
    throw new BigQueryError(
      'invalid',
      `Invalid value for type: ${field.type} is not a valid value`,
    );
  }
  return field.mode?.toUpperCase() === 'REPEATED' ? arrayOf(type) : type;
}

const LEGACY_NAMES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  NULL: 'INTEGER',
};

/** The field that describes a column of a result. The API answers in the older type names. */
export function fieldOfType(name: string, type: SqlType, required = false): Field {
  if (type.kind === 'ARRAY') return { ...fieldOfType(name, type.element), mode: 'REPEATED' };
  const base = {
    name,
    type: LEGACY_NAMES[type.kind] ?? type.kind,
    mode: required ? 'REQUIRED' : 'NULLABLE',
  };
  if (type.kind !== 'STRUCT') return base;
  return {
    ...base,
    fields: type.fields.map((field, index) =>
      fieldOfType(duckFieldName(field.name, index), field.type),
    ),
  };
}

const COLUMN_NAME = /^[\p{L}_][\p{L}\p{N}\p{Pd}\p{Pc}&%=+:'<>#| -]{0,299}$/u;

/** Checks a schema and gives it in the API's normal form. */
export function normalizeFields(fields: readonly Field[]): Field[] {
  const seen = new Set<string>();
  return fields.map((field) => {
    if (typeof field.name !== 'string' || !COLUMN_NAME.test(field.name)) {
      throw new BigQueryError(
        'invalid',
        `Invalid field name "${field.name}". Fields must contain the allowed characters, and be at most 300 characters long.`,
      );
    }
    if (seen.has(field.name.toLowerCase())) {
      throw new BigQueryError('invalid', `Field ${field.name} already exists in schema`);
    }
    seen.add(field.name.toLowerCase());
    const mode = field.mode?.toUpperCase() ?? 'NULLABLE';
    if (!['NULLABLE', 'REQUIRED', 'REPEATED'].includes(mode)) {
      throw new BigQueryError(
        'invalid',
        `Invalid value for mode: ${field.mode} is not a valid value`,
      );
    }
    const type = typeOfField({ ...field, mode: 'NULLABLE' });
    const nested = type.kind === 'STRUCT' ? { fields: normalizeFields(field.fields ?? []) } : {};
    return { ...field, type: LEGACY_NAMES[type.kind] ?? type.kind, mode, ...nested };
  });
}
