import { type Context, fail, type Relation, refuse, type TableShape } from './context.ts';
import { parseQueryText } from './parse-statement.ts';
import { expandTableFunction } from './routines.ts';
import { type Column, EMPTY_SCOPE, fieldOf, lookUp, type Range, type Scope } from './scope.ts';
import type { Expression, FromItem } from './syntax.ts';
import { pivot, unpivot } from './translate-pivot.ts';
import { coerce, type Typed } from './typed.ts';
import { BOOL, INT64, quote, type SqlType, typeName } from './types.ts';

/** What FROM gives: DuckDB text, and the names it brings. */
export interface Source {
  readonly sql: string;
  readonly ranges: readonly Range[];
  /** What unqualified names and `*` see, in order. */
  readonly visible: readonly Column[];
}

/** A FROM clause. `outer` is the scope of the query around it, for correlated arrays. */
export function translateFrom(item: FromItem, outer: Scope | null, context: Context): Source {
  return fromItem(item, { ...EMPTY_SCOPE, parent: outer }, context);
}

/** `left` has the names of the items before this one, which UNNEST can use. */
function fromItem(item: FromItem, left: Scope, context: Context): Source {
  switch (item.kind) {
    case 'query': {
      const relation = context.translateQuery(item.query, left, context);
      return fromRelation(relation, item.alias, context);
    }
    case 'unnest':
      return unnest(item, left, context);
    case 'function': {
      const alias = item.alias ?? item.path[item.path.length - 1] ?? null;
      return fromRelation(expandTableFunction(item, left, context), alias, context);
    }
    case 'pivot': {
      const source = fromItem(item.source, left, context);
      return fromRelation(pivot(item, source, left.parent, context), item.alias, context);
    }
    case 'unpivot': {
      const source = fromItem(item.source, left, context);
      return fromRelation(unpivot(item, source, left.parent, context), item.alias, context);
    }
    case 'table':
      return fromTable(item, left, context);
    case 'join':
      return join(item, left, context);
  }
}

function fromRelation(relation: Relation, alias: string | null, context: Context): Source {
  const name = context.alias();
  const columns = relation.columns.map((column, index) => ({
    ...column,
    sql: `${name}.c${index + 1}`,
  }));
  const sql = `(${relation.sql}) AS ${name}`;
  if (relation.isValueTable) return valueRange(sql, alias, columns[0] as Column, []);
  return { sql, ranges: [{ alias, columns, value: null }], visible: columns };
}

/** A range whose alias is the row itself: UNNEST and SELECT AS STRUCT. */
function valueRange(
  sql: string,
  alias: string | null,
  value: Column,
  extra: readonly Column[],
): Source {
  const typed: Typed = { sql: value.sql, type: value.type };
  const fields =
    value.type.kind === 'STRUCT'
      ? value.type.fields.map((field) => ({
          name: field.name,
          ...(fieldOf(typed, field.name) as Typed),
        }))
      : [];
  const visible = value.type.kind === 'STRUCT' ? fields : [{ ...value, name: alias ?? '' }];
  return {
    sql,
    ranges: [{ alias, columns: fields, value: typed }],
    visible: [...visible, ...extra],
  };
}

function fromTable(
  item: Extract<FromItem, { kind: 'table' }>,
  left: Scope,
  context: Context,
): Source {
  const [first = ''] = item.path;
  const alias = item.alias ?? item.path[item.path.length - 1] ?? null;
  if (item.path.length === 1) {
    const cte = context.withs.find((each) => each.name === first.toLowerCase());
    if (cte !== undefined) {
      refuseSample(item, context);
      const columns = cte.relation.columns.map((_, index) => `c${index + 1}`).join(', ');
      return fromRelation(
        { ...cte.relation, sql: `SELECT ${columns} FROM ${cte.alias}` },
        alias,
        context,
      );
    }
  } else {
    const found = lookUp(left, item.path);
    if (found !== undefined && found !== 'ambiguous') {
      const array: Expression = { kind: 'path', parts: item.path, at: item.at };
      return unnest({ kind: 'unnest', array, alias, offset: null, at: item.at }, left, context);
    }
  }
  if (1 < item.path.length && item.path[item.path.length - 1]?.endsWith('*')) {
    return wildcard(item, context);
  }
  const system = context.catalog.system(item.path);
  const shape = system === undefined ? context.catalog.table(item.path) : undefined;
  if (shape?.kind !== 'table') refuseSample(item, context);
  if (system !== undefined || shape === undefined)
    return fromRelation(system as Relation, alias, context);
  if (shape.kind === 'view') return fromRelation(expandView(shape, context), alias, context);
  const source = fromShape(shape, alias, context);
  // BigQuery samples blocks of about a gigabyte and always at least one: a smaller table comes whole.
  return item.sample === 0
    ? {
        ...source,
        sql: `(SELECT * FROM ${shape.sql} WHERE FALSE) AS ${source.sql.slice(source.sql.lastIndexOf(' ') + 1)}`,
      }
    : source;
}

function refuseSample(item: Extract<FromItem, { kind: 'table' }>, context: Context): void {
  if (item.sample !== undefined)
    refuse(context, 'Clause', 'TABLESAMPLE of what is no table', item.at);
}

function fromShape(
  shape: TableShape & { kind: 'table' },
  alias: string | null,
  context: Context,
): Source {
  const name = context.alias();
  context.scans.push({ table: shape, alias: name, conditions: [] });
  const columns = shape.columns.map((column) => ({
    ...column,
    sql: `${name}.${quote(column.name)}`,
    origin: `${name}.${quote(column.name)}`,
  }));
  // Pseudo columns answer to their name but are no part of `*`.
  const pseudo = shape.partition?.column === '_PARTITIONTIME' ? partitionTime(name) : [];
  const range: Range = { alias, columns: [...columns, ...pseudo], value: null };
  return { sql: `${shape.sql} AS ${name}`, ranges: [range], visible: columns };
}

function partitionTime(name: string): Column[] {
  const sql = `${name}."_PARTITIONTIME"`;
  return [
    { name: '_PARTITIONTIME', type: { kind: 'TIMESTAMP' }, sql, origin: sql },
    {
      name: '_PARTITIONDATE',
      type: { kind: 'DATE' },
      sql: `CAST(bq_to_utc(${sql}) AS DATE)`,
    },
  ];
}

/** A view is its text, translated where it is used. */
function expandView(shape: TableShape & { kind: 'view' }, context: Context): Relation {
  const catalog = context.catalog.within(shape.project);
  const inner: Context = {
    ...context,
    catalog,
    text: shape.query,
    functions: new Map(),
    withs: [],
    parameters: new Map(),
  };
  const relation = inner.translateQuery(parseQueryText(shape.query), null, inner);
  const columns = relation.columns.map((column, index) => ({
    name: shape.columns[index]?.name ?? column.name,
    type: column.type,
    origin: column.origin,
  }));
  return { ...relation, columns };
}

/** `events_*`: all tables of that prefix, by the columns of the last one, with `_TABLE_SUFFIX`. */
function wildcard(item: Extract<FromItem, { kind: 'table' }>, context: Context): Source {
  const prefix = (item.path[item.path.length - 1] ?? '').slice(0, -1);
  const shapes = context.catalog.tables(item.path);
  const last = shapes[shapes.length - 1];
  if (last === undefined)
    return fail(context, `${item.path.join('.')} does not match any table`, item.at);
  const name = context.alias();
  const parts = shapes.map((shape) => {
    if (shape.kind === 'view')
      return refuse(context, 'Wildcard over views', item.path.join('.'), item.at);
    const columns = last.columns.map((column) => {
      const own = shape.columns.find(
        (each) => each.name.toLowerCase() === column.name.toLowerCase(),
      );
      return own === undefined
        ? `NULL AS ${quote(column.name)}`
        : `${quote(own.name)} AS ${quote(column.name)}`;
    });
    const suffix = shape.table.slice(prefix.length).replaceAll("'", "''");
    context.scans.push({ table: shape, alias: name, conditions: [] });
    return `SELECT ${columns.join(', ')}, '${suffix}' AS "_TABLE_SUFFIX" FROM ${shape.sql}`;
  });
  const columns = last.columns.map((column) => ({
    ...column,
    sql: `${name}.${quote(column.name)}`,
  }));
  const suffix: Column = {
    name: '_TABLE_SUFFIX',
    type: { kind: 'STRING' },
    sql: `${name}."_TABLE_SUFFIX"`,
  };
  const range: Range = { alias: item.alias, columns: [...columns, suffix], value: null };
  return { sql: `(${parts.join(' UNION ALL ')}) AS ${name}`, ranges: [range], visible: columns };
}

/** The array's DuckDB text and the type of its elements. */
function arrayOfUnnest(
  item: Extract<FromItem, { kind: 'unnest' }>,
  left: Scope,
  context: Context,
): { sql: string; element: SqlType } {
  const { sql, type } = context.translateExpression(item.array, left, context);
  if (type.kind !== 'ARRAY') {
    return fail(
      context,
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeName(type)}`,
      item.at,
    );
  }
  return { sql, element: type.element.kind === 'NULL' ? INT64 : type.element };
}

/** `UNNEST(t.tags)` without an alias is called `tags`. */
function aliasOfUnnest({ alias, array }: Extract<FromItem, { kind: 'unnest' }>): string | null {
  return alias ?? (array.kind === 'path' ? (array.parts[array.parts.length - 1] ?? null) : null);
}

function unnest(
  item: Extract<FromItem, { kind: 'unnest' }>,
  left: Scope,
  context: Context,
): Source {
  const array = arrayOfUnnest(item, left, context);
  const name = context.alias();
  const offset: Column[] =
    item.offset === null ? [] : [{ name: item.offset, type: INT64, sql: `${name}.o` }];
  const position = item.offset === null ? '' : ', unnest(range(len(a))) AS o';
  const sql = `LATERAL (SELECT unnest(a) AS v${position} FROM (SELECT ${array.sql} AS a)) AS ${name}`;
  const source = valueRange(
    sql,
    aliasOfUnnest(item),
    { name: '', type: array.element, sql: `${name}.v` },
    offset,
  );
  const ranges =
    item.offset === null
      ? source.ranges
      : [...source.ranges, { alias: null, columns: offset, value: null }];
  return { ...source, ranges };
}

function join(item: Extract<FromItem, { kind: 'join' }>, outer: Scope, context: Context): Source {
  const left = fromItem(item.left, outer, context);
  const before: Scope = {
    ranges: [...outer.ranges, ...left.ranges],
    visible: [...outer.visible, ...left.visible],
    parent: outer.parent,
  };
  if (item.right.kind === 'unnest' && canFlatten(item, item.right, outer)) {
    return flattenOnto(left, item.right, before, context);
  }
  const right = fromItem(item.right, before, context);
  const names = left.ranges.map((range) => range.alias?.toLowerCase());
  const twice = right.ranges.find(
    (range) => range.alias !== null && names.includes(range.alias.toLowerCase()),
  );
  if (twice !== undefined)
    fail(context, `Duplicate table alias ${twice.alias} in the same FROM clause`, item.at);
  const ranges = [...left.ranges, ...right.ranges];
  const visible = [...left.visible, ...right.visible];
  if (item.join === 'CROSS') return { sql: `${left.sql} CROSS JOIN ${right.sql}`, ranges, visible };
  if (0 < item.using.length) return joinUsing(item, left, right, context);
  const condition =
    item.on === null
      ? 'TRUE'
      : onCondition(item.on, { ranges, visible, parent: outer.parent }, context);
  return { sql: `${left.sql} ${item.join} JOIN ${right.sql} ON ${condition}`, ranges, visible };
}

/** True for a plain `left, UNNEST(array)` at the top of FROM. */
function canFlatten(
  item: Extract<FromItem, { kind: 'join' }>,
  right: Extract<FromItem, { kind: 'unnest' }>,
  outer: Scope,
): boolean {
  const isInner = item.join === 'CROSS' || item.join === 'INNER';
  return isInner && item.on === null && right.offset === null && outer.ranges.length === 0;
}

/**
 * Unnests in the SELECT list of a query over the left side. DuckDB runs that many times faster than
 * a lateral join, which it takes apart and joins again.
 */
function flattenOnto(
  left: Source,
  item: Extract<FromItem, { kind: 'unnest' }>,
  before: Scope,
  context: Context,
): Source {
  const array = arrayOfUnnest(item, before, context);
  const name = context.alias();
  const list: string[] = [];
  const names = new Map<string, string>();
  const rebind = <Bound extends { readonly sql: string }>(column: Bound): Bound => {
    let own = names.get(column.sql);
    if (own === undefined) {
      own = `${name}.c${names.size + 1}`;
      names.set(column.sql, own);
      // The comment tells `bytes.ts` which columns nobody asks for.
      list.push(`/*${own}*/${column.sql} AS c${names.size}/**/`);
    }
    return { ...column, sql: own };
  };
  const ranges = left.ranges.map((range) => ({
    ...range,
    columns: range.columns.map(rebind),
    value: range.value === null ? null : rebind(range.value),
  }));
  const visible = left.visible.map(rebind);
  const sql = `(SELECT ${[...list, `unnest(${array.sql}) AS v`].join(', ')} FROM ${left.sql}) AS ${name}`;
  const own = valueRange(
    sql,
    aliasOfUnnest(item),
    { name: '', type: array.element, sql: `${name}.v` },
    [],
  );
  return { sql, ranges: [...ranges, ...own.ranges], visible: [...visible, ...own.visible] };
}

function onCondition(on: Expression, scope: Scope, context: Context): string {
  const typed = context.translateExpression(on, scope, context);
  return (
    coerce(typed, BOOL)?.sql ??
    fail(
      context,
      `JOIN ON clause should return type BOOL, but returns ${typeName(typed.type)}`,
      on.at,
    )
  );
}

function joinUsing(
  item: Extract<FromItem, { kind: 'join' }>,
  left: Source,
  right: Source,
  context: Context,
): Source {
  const find = (source: Source, side: string, name: string): Column => {
    const [column, ...more] = source.visible.filter(
      (each) => each.name.toLowerCase() === name.toLowerCase(),
    );
    if (column === undefined || 0 < more.length) {
      return fail(
        context,
        `Column ${name} in USING clause ${column === undefined ? 'not found' : 'is ambiguous'} on ${side} side of join`,
        item.at,
      );
    }
    return column;
  };
  const keys = item.using.map((name) => ({
    name,
    a: find(left, 'left', name),
    b: find(right, 'right', name),
  }));
  const merged = keys.map(({ name, a, b }) => ({
    name,
    type: a.type,
    sql:
      item.join === 'RIGHT' ? b.sql : item.join === 'FULL' ? `coalesce(${a.sql}, ${b.sql})` : a.sql,
  }));
  const rest = (source: Source): readonly Column[] =>
    source.visible.filter(
      (each) => !item.using.some((name) => name.toLowerCase() === each.name.toLowerCase()),
    );
  const condition = keys.map(({ a, b }) => `${a.sql} = ${b.sql}`).join(' AND ');
  return {
    sql: `${left.sql} ${item.join} JOIN ${right.sql} ON ${condition}`,
    ranges: [...left.ranges, ...right.ranges],
    visible: [...merged, ...rest(left), ...rest(right)],
  };
}
