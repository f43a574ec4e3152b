import { BigQueryError } from '../errors.ts';
import type { Catalog, Context, Relation, RoutineShape, Scan } from './context.ts';
import { fail } from './context.ts';
import { NOW } from './special-functions.ts';
import type { Query } from './syntax.ts';
import { translateExpression } from './translate-expression.ts';
import { translateQuery } from './translate-query.ts';
import { INT64, text as quoteText, type SqlType } from './types.ts';

/** A context for one statement of `text`. */
export function openContext(
  text: string,
  catalog: Catalog,
  parameters: ReadonlyMap<string, SqlType>,
  functions: ReadonlyMap<string, RoutineShape> = new Map(),
): Context {
  let count = 0;
  return {
    text,
    catalog,
    parameters,
    functions,
    within: [],
    withs: [],
    scans: [],
    alias: () => {
      count += 1;
      return `t${count}`;
    },
    translateQuery,
    translateExpression,
  };
}

export interface QueryPlan extends Relation {
  readonly scans: readonly Scan[];
}

/** A query at the top of a statement, whose columns all have different names. */
export function planQuery(query: Query, context: Context): QueryPlan {
  const relation = translateQuery(query, null, context);
  const isStruct = relation.isValueTable && relation.columns[0]?.type.kind === 'STRUCT';
  const flat = isStruct ? flattened(relation) : relation;
  const seen = new Set<string>();
  const columns = flat.columns.map((column, index) => {
    const name = column.name === '' ? `f${index}_` : column.name;
    if (seen.has(name.toLowerCase())) {
      fail(
        context,
        `Duplicate column names in the result are not supported. Found duplicate(s): ${name}`,
        query.at,
      );
    }
    seen.add(name.toLowerCase());
    return { name, type: column.type.kind === 'NULL' ? INT64 : column.type };
  });
  return { ...flat, columns, scans: context.scans };
}

/** SELECT AS STRUCT at the top gives the fields as columns. */
function flattened(relation: Relation): Relation {
  const type = relation.columns[0]?.type;
  if (type?.kind !== 'STRUCT') return relation;
  const list = type.fields.map(
    (field, index) =>
      `struct_extract(c1, ${quoteText(field.name === '' ? `_field_${index + 1}` : field.name)}) AS c${index + 1}`,
  );
  return {
    sql: `SELECT ${list.join(', ')} FROM (${relation.sql})`,
    columns: type.fields,
    isValueTable: false,
  };
}

/** Puts values where the placeholders are. `values` are DuckDB expressions, by lower-case name. */
export function fillIn(
  sql: string,
  values: ReadonlyMap<string, string>,
  nowMicros: bigint,
): string {
  return sql.replace(/\uE000([^\uE001]*)\uE001/g, (placeholder, name: string) => {
    if (placeholder === NOW) return `make_timestamptz(${nowMicros}::BIGINT)`;
    const value = values.get(name);
    if (value === undefined)
      throw new BigQueryError('invalidQuery', `Query parameter '${name}' not found`);
    return value;
  });
}
