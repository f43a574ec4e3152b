import { BigQueryError } from './errors.ts';
import { arrayOf, type SqlType, scalarNamed, structOf } from './googlesql/types.ts';
import type { Resource } from './store.ts';

/**
 * A type as routines write it: `{ typeKind: 'ARRAY', arrayElementType: { typeKind: 'INT64' } }`.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/StandardSqlDataType
 */
export function standardType(type: SqlType): Resource {
  if (type.kind === 'ARRAY')
    return { typeKind: 'ARRAY', arrayElementType: standardType(type.element) };
  if (type.kind !== 'STRUCT') return { typeKind: type.kind };
  const fields = type.fields.map((field) => ({ name: field.name, type: standardType(field.type) }));
  return { typeKind: 'STRUCT', structType: { fields } };
}

/** The type that such a resource means. Throws `invalid` or a refusal by the type's name. */
export function readStandardType(given: unknown): SqlType {
  const { typeKind, arrayElementType, structType } = (given ?? {}) as {
    typeKind?: string;
    arrayElementType?: unknown;
    structType?: { fields?: { name?: string; type?: unknown }[] };
  };
  if (typeKind === 'ARRAY') return arrayOf(readStandardType(arrayElementType));
  if (typeKind === 'STRUCT')
    return structOf(
      (structType?.fields ?? []).map(({ name = '', type }) => ({
        name,
        type: readStandardType(type),
      })),
    );
  const type = scalarNamed(typeKind ?? '');
  if (type !== undefined) return type;
  if (/^(BIGNUMERIC|GEOGRAPHY|RANGE)$/.test(typeKind ?? '')) {
    throw new BigQueryError(
      'notImplemented',
      `Type is not supported by the local emulator: ${typeKind}`,
    );
  }
  throw new BigQueryError('invalid', `Invalid value for typeKind: ${typeKind}`);
}
