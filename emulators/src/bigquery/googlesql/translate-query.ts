import { inferredName } from './collections.ts';
import { type Context, fail, type Relation, refuse } from './context.ts';
import { notePartitionFilters } from './partition-filters.ts';
import { EMPTY_SCOPE, rangeValue, type Scope } from './scope.ts';
import type {
  Expression,
  GroupingSets,
  Query,
  QueryBody,
  Select,
  SelectItem,
  Window,
} from './syntax.ts';
import { type Source, translateFrom } from './translate-from.ts';
import type { Output, Tail } from './translate-order.ts';
import { findAlias, orderAndLimit, sortable } from './translate-order.ts';
import { coerce, commonType, type Typed } from './typed.ts';
import { BOOL, duckFieldName, quote, structOf, typeName } from './types.ts';

/** A query as DuckDB text whose columns are called c1, c2, … */
export function translateQuery(query: Query, outer: Scope | null, given: Context): Relation {
  const { context, text } = translateWith(query, outer, given);
  const { body } = query;
  const relation =
    body.kind === 'select'
      ? translateSelect(body, query, outer, context)
      : wrap(translateBody(body, outer, context), query, outer, context);
  return { ...relation, sql: `${text}${relation.sql}` };
}

function translateWith(
  query: Query,
  outer: Scope | null,
  given: Context,
): { context: Context; text: string } {
  if (query.with.length === 0) return { context: given, text: '' };
  let context = given;
  const parts: string[] = [];
  for (const { name, query: inner, at } of query.with) {
    const alias = context.alias();
    if (
      context.withs !== given.withs &&
      context.withs.slice(0, parts.length).some((each) => each.name === name.toLowerCase())
    ) {
      fail(context, `Duplicate alias ${name} for WITH subquery`, at);
    }
    const relation = query.recursive
      ? recursive(name, alias, inner, outer, context)
      : context.translateQuery(inner, outer, context);
    const columns = relation.columns.map((_, index) => `c${index + 1}`).join(', ');
    parts.push(`${alias}(${columns}) AS (${relation.sql})`);
    context = {
      ...context,
      withs: [{ name: name.toLowerCase(), alias, relation }, ...context.withs],
    };
  }
  return { context, text: `WITH ${query.recursive ? 'RECURSIVE ' : ''}${parts.join(', ')} ` };
}

/** The first input of the UNION gives the columns that the second one refers to. */
function recursive(
  name: string,
  alias: string,
  query: Query,
  outer: Scope | null,
  context: Context,
): Relation {
  const { body } = query;
  if (body.kind !== 'set' || !body.op.startsWith('UNION') || body.inputs.length !== 2)
    return context.translateQuery(query, outer, context);
  const base = translateBody(body.inputs[0] as QueryBody, outer, context);
  const self = { name: name.toLowerCase(), alias, relation: base };
  const step = translateBody(body.inputs[1] as QueryBody, outer, {
    ...context,
    withs: [self, ...context.withs],
  });
  const same = base.columns.every(
    (column, index) => column.type.kind === step.columns[index]?.type.kind,
  );
  if (!same || base.columns.length !== step.columns.length)
    refuse(context, 'WITH RECURSIVE', `${name} whose terms differ in type`, query.at);
  return {
    ...base,
    sql: `${base.sql} ${body.op === 'UNION ALL' ? 'UNION ALL' : 'UNION'} ${step.sql}`,
  };
}

function translateBody(body: QueryBody, outer: Scope | null, context: Context): Relation {
  if (body.kind === 'nested') return context.translateQuery(body.query, outer, context);
  if (body.kind === 'select') {
    return translateSelect(body, { orderBy: [], limit: null, offset: null }, outer, context);
  }
  const inputs = body.inputs.map((each) => translateBody(each, outer, context));
  const [first] = inputs as [Relation];
  const columns = first.columns.map((column, index) => {
    const values = inputs.map((input) => {
      const own = input.columns[index];
      if (own === undefined || input.columns.length !== first.columns.length) {
        return fail(context, `Queries in ${body.op} have mismatched column count`, body.at);
      }
      return { sql: `c${index + 1}`, type: own.type };
    });
    const type = commonType(values);
    if (type === undefined) {
      const types = values.map((value) => typeName(value.type)).join(', ');
      return fail(
        context,
        `Column ${index + 1} in ${body.op} has incompatible types: ${types}`,
        body.at,
      );
    }
    return { name: column.name, type };
  });
  const op = {
    'UNION ALL': 'UNION ALL',
    'UNION DISTINCT': 'UNION',
    'INTERSECT DISTINCT': 'INTERSECT',
    'EXCEPT DISTINCT': 'EXCEPT',
  }[body.op];
  const parts = inputs.map((input) => {
    const list = columns.map((column, index) => {
      const value = coerce(
        { sql: `c${index + 1}`, type: input.columns[index]?.type ?? column.type },
        column.type,
      );
      return `${value?.sql} AS c${index + 1}`;
    });
    return `SELECT ${list.join(', ')} FROM (${input.sql})`;
  });
  return { sql: parts.join(` ${op} `), columns, isValueTable: first.isValueTable };
}

/** ORDER BY and LIMIT around a set operation or a nested query. */
function wrap(inner: Relation, query: Query, outer: Scope | null, context: Context): Relation {
  if (query.orderBy.length === 0 && query.limit === null) return inner;
  const visible = inner.columns.map((column, index) => ({ ...column, sql: `c${index + 1}` }));
  const scope: Scope = { ranges: [], visible, parent: outer };
  const list = visible.map((column) => column.sql).join(', ');
  const outputs = visible.map((column) => ({ name: column.name, typed: column }));
  const tail = orderAndLimit(query, scope, outputs, context);
  return { ...inner, sql: `SELECT ${list} FROM (${inner.sql})${tail}` };
}

/**
 * True if a filter on the column from outside may run before this select: not past LIMIT, and past
 * windows only where the column is among the keys of every partition.
 */
function canPushDown(select: Select, tail: Tail, column: Typed): boolean {
  if (column.origin === undefined || tail.limit !== null) return false;
  const name = column.sql
    .slice(column.sql.indexOf('.') + 1)
    .replaceAll('"', '')
    .toLowerCase();
  return windowsIn([select.items, select.qualify, select.windows]).every((window) =>
    window.partitionBy.some(
      (key) => key.kind === 'path' && key.parts[key.parts.length - 1]?.toLowerCase() === name,
    ),
  );
}

/** Every window written in a part of the tree. */
function windowsIn(node: unknown): Window[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'partitionBy' in node && 'frame' in node ? [node as Window] : [];
  return [...own, ...Object.values(node).flatMap(windowsIn)];
}

function translateSelect(
  select: Select,
  tail: Tail,
  outer: Scope | null,
  context: Context,
): Relation {
  const source: Source | null =
    select.from === null ? null : translateFrom(select.from, outer, context);
  const base: Scope =
    source === null
      ? { ...EMPTY_SCOPE, parent: outer }
      : { ranges: source.ranges, visible: source.visible, parent: outer };
  const windows = new Map<string, Window>(
    select.windows.map((each) => [each.name.toLowerCase(), each.window]),
  );
  const scope: Scope = 0 < windows.size ? { ...base, windows } : base;
  const outputs = select.items.flatMap((item) => selectItem(item, scope, context));
  if (source === null && select.items.some((item) => item.kind === 'star' && item.base === null))
    fail(context, 'SELECT * must have a FROM clause', select.at);
  const aliases = new Map(
    outputs.filter((each) => each.name !== '').map((each) => [each.name.toLowerCase(), each.typed]),
  );
  // The aliases of the list are seen by the clauses that run after it.
  const after: Scope = { ...scope, aliases };
  if (source === null && select.where !== null) {
    fail(context, 'Query without FROM clause cannot have a WHERE clause', select.where.at);
  }
  const where =
    select.where === null ? '' : ` WHERE ${condition('WHERE', select.where, scope, context)}`;
  if (select.where !== null) notePartitionFilters(select.where, scope, context);
  const groupBy = translateGroupBy(select, outputs, scope, context);
  const having =
    select.having === null ? '' : ` HAVING ${condition('HAVING', select.having, after, context)}`;
  const qualify =
    select.qualify === null
      ? ''
      : ` QUALIFY ${condition('QUALIFY', select.qualify, after, context)}`;
  const shaped = shape(select, outputs, context);
  const list = shaped.map(
    ({ typed }, index) =>
      `${typed.type.kind === 'NULL' ? 'CAST(NULL AS BIGINT)' : typed.sql} AS c${index + 1}`,
  );
  const from = source === null ? '' : ` FROM ${source.sql}`;
  const order = orderAndLimit(
    tail,
    after,
    select.as === null ? sortable(select, outputs) : [],
    context,
  );
  const sql = `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list.join(', ')}${from}${where}${groupBy}${having}${qualify}${order}`;
  const columns = shaped.map(({ name, typed }) => ({
    name,
    type: typed.type,
    origin: canPushDown(select, tail, typed) ? typed.origin : undefined,
  }));
  return { sql, columns, isValueTable: select.as !== null };
}

/** SELECT AS STRUCT packs the list into one column; SELECT AS VALUE is its only column. */
function shape(select: Select, outputs: readonly Output[], context: Context): readonly Output[] {
  if (select.as === null) return outputs;
  if (select.as === 'VALUE') {
    if (outputs.length !== 1)
      fail(context, 'SELECT AS VALUE query must have exactly one column', select.at);
    return outputs;
  }
  const parts = outputs.map(
    ({ name, typed }, index) =>
      `${quote(duckFieldName(name, index))} := ${typed.type.kind === 'NULL' ? 'CAST(NULL AS BIGINT)' : typed.sql}`,
  );
  const type = structOf(outputs.map(({ name, typed }) => ({ name, type: typed.type })));
  return [{ name: '', typed: { sql: `struct_pack(${parts.join(', ')})`, type } }];
}

function selectItem(item: SelectItem, scope: Scope, context: Context): Output[] {
  if (item.kind === 'expression') {
    const typed = context.translateExpression(item.expression, scope, context);
    return [{ name: item.name ?? inferredName(item.expression), typed }];
  }
  const all =
    item.base === null
      ? scope.visible.map((column) => ({ name: column.name, typed: column }))
      : fieldsOf(item.base, scope, context);
  for (const name of [...item.except, ...item.replace.map((each) => each.name)]) {
    if (!all.some((each) => each.name.toLowerCase() === name.toLowerCase())) {
      fail(context, `Column ${name} in SELECT * EXCEPT or REPLACE list does not exist`, item.at);
    }
  }
  const dropped = new Set(item.except.map((name) => name.toLowerCase()));
  return all
    .filter((each) => !dropped.has(each.name.toLowerCase()))
    .map((each): Output => {
      const other = item.replace.find(
        (replaced) => replaced.name.toLowerCase() === each.name.toLowerCase(),
      );
      if (other === undefined) {
        const { sql, type, origin } = each.typed;
        return { name: each.name, typed: { sql, type, origin } };
      }
      return {
        name: each.name,
        typed: context.translateExpression(other.expression, scope, context),
      };
    });
}

/** `t.*` of a table, or of a struct. */
function fieldsOf(base: Expression, scope: Scope, context: Context): Output[] {
  if (base.kind === 'path' && base.parts.length === 1) {
    const range = scope.ranges.find(
      (each) => each.alias?.toLowerCase() === base.parts[0]?.toLowerCase(),
    );
    if (range !== undefined && range.value === null)
      return range.columns.map((column) => ({ name: column.name, typed: column }));
    if (range !== undefined) return structFields(rangeValue(range), base.at, context);
  }
  return structFields(context.translateExpression(base, scope, context), base.at, context);
}

function structFields(value: Typed, at: number, context: Context): Output[] {
  if (value.type.kind !== 'STRUCT')
    return fail(context, `Dot-star is not supported for type ${typeName(value.type)}`, at);
  return value.type.fields.map((field, index) => {
    const name = duckFieldName(field.name, index).replaceAll("'", "''");
    return {
      name: field.name,
      typed: { sql: `struct_extract(${value.sql}, '${name}')`, type: field.type },
    };
  });
}

function condition(clause: string, expression: Expression, scope: Scope, context: Context): string {
  const typed = context.translateExpression(expression, scope, context);
  return (
    coerce(typed, BOOL)?.sql ??
    fail(
      context,
      `${clause} clause should return type BOOL, but returns ${typeName(typed.type)}`,
      expression.at,
    )
  );
}

/** A CUBE of more keys has more sets than BigQuery takes. */
const MOST_CUBE_KEYS = 12;

function translateGroupBy(
  select: Select,
  outputs: readonly Output[],
  scope: Scope,
  context: Context,
): string {
  const { groupBy } = select;
  if (groupBy === null) return '';
  if (groupBy.kind === 'all') return ' GROUP BY ALL';
  const key = (item: Expression): string => {
    const { sql, type } = groupKey(item, outputs, scope, context);
    if (['ARRAY', 'STRUCT', 'JSON'].includes(type.kind))
      fail(context, `Grouping by expressions of type ${typeName(type)} is not allowed`, item.at);
    return sql;
  };
  const sets = ({ kind, items, at }: GroupingSets): string => {
    if (kind === 'cube' && MOST_CUBE_KEYS < items.length)
      fail(context, `CUBE has ${items.length} keys; at most ${MOST_CUBE_KEYS} are allowed`, at);
    const list = items.map((item) =>
      'kind' in item ? sets(item) : `(${item.map(key).join(', ')})`,
    );
    return `${kind === 'sets' ? 'GROUPING SETS' : kind.toUpperCase()} (${list.join(', ')})`;
  };
  return groupBy.kind === 'list'
    ? ` GROUP BY ${groupBy.items.map(key).join(', ')}`
    : ` GROUP BY ${sets(groupBy)}`;
}

/** A position or an alias of the list, else an expression over FROM. */
function groupKey(
  item: Expression,
  outputs: readonly Output[],
  scope: Scope,
  context: Context,
): Typed {
  const position = item.kind === 'int' ? Number(item.value) : 1 + findAlias(item, outputs);
  if (item.kind !== 'int' && position === 0)
    return context.translateExpression(item, scope, context);
  const output = outputs[position - 1];
  if (output === undefined) return fail(context, `GROUP BY is out of range: ${position}`, item.at);
  // DuckDB takes a bare literal for a position.
  return { sql: String(position), type: output.typed.type };
}
