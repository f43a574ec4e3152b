import { BigQueryError } from './errors.ts';
import { temporalLiteral } from './googlesql/typed.ts';
import {
  arrayOf,
  duckFieldName,
  duckType,
  quote,
  type SqlType,
  scalarNamed,
  structOf,
  text,
  typeName,
} from './googlesql/types.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter */
export interface QueryParameter {
  readonly name?: string;
  readonly parameterType: ParameterType;
  readonly parameterValue?: ParameterValue;
}
interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType;
  readonly structTypes?: readonly { readonly name?: string; readonly type: ParameterType }[];
}
interface ParameterValue {
  readonly value?: unknown;
  readonly arrayValues?: readonly ParameterValue[];
  readonly structValues?: Readonly<Record<string, ParameterValue>>;
}

export interface Parameters {
  readonly types: ReadonlyMap<string, SqlType>;
  /** DuckDB expressions. */
  readonly values: ReadonlyMap<string, string>;
}

/** Types and values by lower-case name; positional ones are called `?1`, `?2`, … */
export function readParameters(parameters: readonly QueryParameter[]): Parameters {
  const types = new Map<string, SqlType>();
  const values = new Map<string, string>();
  for (const [index, parameter] of parameters.entries()) {
    const name = (parameter.name ?? `?${index + 1}`).toLowerCase();
    const type = typeOfParameter(parameter.parameterType);
    types.set(name, type);
    values.set(name, duckValue(parameter.parameterValue, type, parameter.name ?? `${index + 1}`));
  }
  return { types, values };
}

function typeOfParameter(type: ParameterType | undefined): SqlType {
  if (type?.type === 'ARRAY') return arrayOf(typeOfParameter(type.arrayType));
  if (type?.type === 'STRUCT') {
    return structOf(
      (type.structTypes ?? []).map((field) => ({
        name: field.name ?? '',
        type: typeOfParameter(field.type),
      })),
    );
  }
  const scalar = scalarNamed(type?.type ?? '');
  if (scalar === undefined)
    throw new BigQueryError('invalid', `Invalid query parameter type: ${type?.type}`);
  return scalar;
}

function duckValue(value: ParameterValue | undefined, type: SqlType, name: string): string {
  if (type.kind === 'ARRAY') {
    const items = (value?.arrayValues ?? []).map((item) => duckValue(item, type.element, name));
    return `CAST([${items.join(', ')}] AS ${duckType(type)})`;
  }
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map(
      (field, index) =>
        `${quote(duckFieldName(field.name, index))} := ${duckValue(value?.structValues?.[field.name], field.type, name)}`,
    );
    return `struct_pack(${fields.join(', ')})`;
  }
  const raw = value?.value;
  if (raw === undefined || raw === null) return `CAST(NULL AS ${duckType(type)})`;
  const sql = scalarValue(String(raw), type.kind);
  if (sql === undefined) {
    throw new BigQueryError(
      'invalidQuery',
      `Invalid value for query parameter '${name}': ${String(raw)} is not a ${typeName(type)}`,
      { location: 'q' },
    );
  }
  return sql;
}

function scalarValue(raw: string, kind: string): string | undefined {
  switch (kind) {
    case 'STRING':
      return raw.includes('\0') ? undefined : text(raw);
    case 'INT64':
      return /^\s*[+-]?\d+\s*$/.test(raw) ? `CAST(${text(raw.trim())} AS BIGINT)` : undefined;
    case 'FLOAT64':
      return /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)\s*$/i.test(raw)
        ? `CAST(${text(raw.trim())} AS DOUBLE)`
        : undefined;
    case 'NUMERIC':
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(raw)
        ? `CAST(${text(raw.trim())} AS DECIMAL(38,9))`
        : undefined;
    case 'BOOL':
      return /^(true|false)$/i.test(raw) ? raw.toUpperCase() : undefined;
    case 'BYTES':
      return `from_hex('${Buffer.from(raw, 'base64').toString('hex')}')`;
    case 'JSON':
      return `CAST(${text(raw)} AS JSON)`;
    case 'INTERVAL':
      return undefined;
    default:
      return temporalLiteral(kind, raw);
  }
}
