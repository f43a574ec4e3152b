import {
  type Context,
  fail,
  type Relation,
  refuse,
  type Scan,
  type TableColumn,
  type TableShape,
} from './context.ts';
import { parseExpressionText } from './parse-statement.ts';
import { notePartitionFilters } from './partition-filters.ts';
import { type Column, EMPTY_SCOPE, type Range, type Scope } from './scope.ts';
import { NOW } from './special-functions.ts';
import type { Assignment, Expression, MergeClause, Statement } from './syntax.ts';
import { translateFrom } from './translate-from.ts';
import { coerce, type Typed } from './typed.ts';
import { BOOL, duckType, quote, typeName } from './types.ts';

type BaseTable = TableShape & { readonly kind: 'table' };
type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** Changes to rows, as DuckDB statements that run in one transaction. */
export interface Change {
  readonly verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'TRUNCATE_TABLE';
  readonly target: BaseTable;
  /** Run first: what they make is there for the others. */
  readonly prepare: readonly string[];
  /** Gives a row if one target row matches several source rows, which is an error. */
  readonly conflict: string | null;
  /** Gives one row per changed row for MERGE, else a count. */
  readonly run: string;
  readonly scans: readonly Scan[];
}

/** The name of the temporary table that holds the source of a MERGE. */
const MERGE_SOURCE = 'bq_merge_source';

export function translateChange(
  statement: Of<'insert' | 'update' | 'delete' | 'merge' | 'truncate'>,
  context: Context,
): Change {
  const target = context.catalog.table(statement.table);
  if (target.kind === 'view')
    return fail(context, `Cannot modify view ${statement.table.join('.')}`, statement.at);
  switch (statement.kind) {
    case 'insert':
      return insert(statement, target, context);
    case 'update':
      return update(statement, target, context);
    case 'delete':
      return remove(statement, target, context);
    case 'merge':
      return merge(statement, target, context);
    case 'truncate':
      return {
        verb: 'TRUNCATE_TABLE',
        target,
        prepare: [],
        conflict: null,
        run: `DELETE FROM ${target.sql}`,
        scans: [],
      };
  }
}

function insert(statement: Of<'insert'>, target: BaseTable, context: Context): Change {
  const columns = namedColumns(statement.columns, target, statement.at, context);
  const source =
    statement.query === null
      ? valuesOf(statement, columns, context)
      : queryOf(statement, columns, context);
  const names = columns.map((column) => quote(column.name));
  const selected = columns.map((column, index) => stored(column, `v.c${index + 1}`));
  for (const column of missing(columns, target)) {
    names.push(quote(column.name));
    selected.push(defaultOf(column, context));
  }
  if (target.partition?.column === '_PARTITIONTIME') {
    names.push('"_PARTITIONTIME"');
    selected.push(`date_trunc('${target.partition.unit.toLowerCase()}', ${NOW})`);
  }
  const run = `INSERT INTO ${target.sql} (${names.join(', ')}) SELECT ${selected.join(', ')} FROM (${source}) AS v`;
  return { verb: 'INSERT', target, prepare: [], conflict: null, run, scans: context.scans };
}

function namedColumns(
  names: readonly string[],
  target: BaseTable,
  at: number,
  context: Context,
): TableColumn[] {
  if (names.length === 0) return [...target.columns];
  const seen = new Set<string>();
  return names.map((name) => {
    const column = findColumn(target, name);
    if (column === undefined)
      return fail(
        context,
        `Column ${name} is not present in table ${target.dataset}.${target.table}`,
        at,
      );
    if (seen.has(column.name)) fail(context, `INSERT has columns with duplicate name: ${name}`, at);
    seen.add(column.name);
    return column;
  });
}

function findColumn(target: BaseTable, name: string): TableColumn | undefined {
  return target.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

function missing(columns: readonly TableColumn[], target: BaseTable): TableColumn[] {
  return target.columns.filter((column) => !columns.some((each) => each.name === column.name));
}

/** BigQuery stores no NULL arrays. */
function stored(column: TableColumn, sql: string): string {
  return column.type.kind === 'ARRAY'
    ? `coalesce(${sql}, CAST([] AS ${duckType(column.type)}))`
    : sql;
}

function defaultOf(column: TableColumn, context: Context): string {
  if (column.default === null) return stored(column, `CAST(NULL AS ${duckType(column.type)})`);
  const inner = { ...context, text: column.default };
  const value = context.translateExpression(
    parseExpressionText(column.default),
    EMPTY_SCOPE,
    inner,
  );
  return assignable(value, column, 0, inner);
}

function assignable(value: Typed, column: TableColumn, at: number, context: Context): string {
  const coerced = coerce(value, column.type);
  if (coerced === undefined) {
    return fail(
      context,
      `Value has type ${typeName(value.type)} which cannot be inserted into column ${column.name}, which has type ${typeName(column.type)}`,
      at,
    );
  }
  return stored(column, coerced.sql);
}

function valuesOf(
  statement: Of<'insert'>,
  columns: readonly TableColumn[],
  context: Context,
): string {
  const rows = (statement.rows ?? []).map((row) => {
    if (row.length !== columns.length) {
      fail(
        context,
        `Inserted row has wrong column count; Has ${row.length}, expected ${columns.length}`,
        statement.at,
      );
    }
    const values = row.map((value, index) => {
      const column = columns[index] as TableColumn;
      return `${assignedValue(value, column, EMPTY_SCOPE, statement.at, context)} AS c${index + 1}`;
    });
    return `SELECT ${values.join(', ')}`;
  });
  return rows.join(' UNION ALL ');
}

function assignedValue(
  value: Expression | 'DEFAULT',
  column: TableColumn,
  scope: Scope,
  at: number,
  context: Context,
): string {
  if (value === 'DEFAULT') return defaultOf(column, context);
  return assignable(
    context.translateExpression(value, scope, context),
    column,
    value.at ?? at,
    context,
  );
}

function queryOf(
  statement: Of<'insert'>,
  columns: readonly TableColumn[],
  context: Context,
): string {
  const { query } = statement;
  if (query === null) return '';
  const relation = context.translateQuery(query, null, context);
  if (relation.columns.length !== columns.length) {
    fail(
      context,
      `Inserted row has wrong column count; Has ${relation.columns.length}, expected ${columns.length}`,
      statement.at,
    );
  }
  const list = columns.map((column, index) => {
    const typed: Typed = {
      sql: `q.c${index + 1}`,
      type: relation.columns[index]?.type ?? column.type,
    };
    return `${assignable(typed, column, statement.at, context)} AS c${index + 1}`;
  });
  return `SELECT ${list.join(', ')} FROM (${relation.sql}) AS q`;
}

interface Target {
  readonly sql: string;
  readonly name: string;
  readonly range: Range;
}

function targetRange(
  target: BaseTable,
  alias: string | null,
  path: readonly string[],
  context: Context,
): Target {
  const name = context.alias();
  const columns: Column[] = target.columns.map((column) => ({
    ...column,
    sql: `${name}.${quote(column.name)}`,
    origin: `${name}.${quote(column.name)}`,
  }));
  if (target.partition?.column === '_PARTITIONTIME') {
    columns.push({
      name: '_PARTITIONTIME',
      type: { kind: 'TIMESTAMP' },
      sql: `${name}."_PARTITIONTIME"`,
      origin: `${name}."_PARTITIONTIME"`,
    });
  }
  context.scans.push({ table: target, alias: name, conditions: [] });
  const range: Range = { alias: alias ?? path[path.length - 1] ?? null, columns, value: null };
  return { sql: `${target.sql} AS ${name}`, name, range };
}

function conditionOf(
  clause: string,
  expression: Expression,
  scope: Scope,
  context: Context,
): string {
  const typed = context.translateExpression(expression, scope, context);
  return (
    coerce(typed, BOOL)?.sql ??
    fail(
      context,
      `${clause} should return type BOOL, but returns ${typeName(typed.type)}`,
      expression.at,
    )
  );
}

function assignments(
  set: readonly Assignment[],
  target: BaseTable,
  range: Range,
  scope: Scope,
  context: Context,
): string {
  return set
    .map(({ column: name, value, at }) => {
      const [first = '', second, ...rest] = name.split('.');
      const isQualified =
        second !== undefined && first.toLowerCase() === range.alias?.toLowerCase();
      const own = isQualified ? second : first;
      if (0 < rest.length || (second !== undefined && !isQualified))
        refuse(context, 'Assignment', `to a field, ${name}`, at);
      const column = findColumn(target, own) ?? fail(context, `Unrecognized name: ${own}`, at);
      return `${quote(column.name)} = ${assignedValue(value, column, scope, at, context)}`;
    })
    .join(', ');
}

function update(statement: Of<'update'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const source = statement.from === null ? null : translateFrom(statement.from, null, context);
  const scope: Scope = {
    ranges: [own.range, ...(source?.ranges ?? [])],
    visible: [...own.range.columns, ...(source?.visible ?? [])],
    parent: null,
  };
  const where = conditionOf('WHERE clause', statement.where, scope, context);
  notePartitionFilters(statement.where, scope, context);
  const set = assignments(statement.set, target, own.range, scope, context);
  const from = source === null ? '' : ` FROM ${source.sql}`;
  const run = `UPDATE ${own.sql} SET ${set}${from} WHERE ${where}`;
  const conflict =
    source === null
      ? null
      : `SELECT 1 FROM ${own.sql}, ${source.sql} WHERE ${where} GROUP BY ${own.name}.rowid HAVING count(*) > 1 LIMIT 1`;
  return { verb: 'UPDATE', target, prepare: [], conflict, run, scans: context.scans };
}

function remove(statement: Of<'delete'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const scope: Scope = { ranges: [own.range], visible: own.range.columns, parent: null };
  const where = conditionOf('WHERE clause', statement.where, scope, context);
  notePartitionFilters(statement.where, scope, context);
  return {
    verb: 'DELETE',
    target,
    prepare: [],
    conflict: null,
    run: `DELETE FROM ${own.sql} WHERE ${where}`,
    scans: context.scans,
  };
}

/**
 * The source is computed once, into a temporary table: the check for several matches and the MERGE
 * itself must see the same rows.
 */
function merge(statement: Of<'merge'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const source = translateFrom(statement.source, null, context);
  const name = context.alias();
  const flat: Column[] = [];
  const ranges = source.ranges.map((range): Range => {
    if (range.value !== null) return refuse(context, 'MERGE source', 'UNNEST', statement.source.at);
    const columns = range.columns.map((column) => {
      flat.push(column);
      return { ...column, sql: `${name}.c${flat.length}`, origin: undefined };
    });
    return { ...range, columns };
  });
  const list = flat.map((column, index) => `${column.sql} AS c${index + 1}`);
  const prepare = [
    `CREATE OR REPLACE TEMP TABLE ${MERGE_SOURCE} AS SELECT ${list.join(', ')} FROM ${source.sql}`,
  ];
  const visible = ranges.flatMap((range) => range.columns);
  const sourceScope: Scope = { ranges, visible, parent: null };
  const both: Scope = {
    ranges: [own.range, ...ranges],
    visible: [...own.range.columns, ...visible],
    parent: null,
  };
  const targetScope: Scope = { ranges: [own.range], visible: own.range.columns, parent: null };
  const on = conditionOf('MERGE ON clause', statement.on, both, context);
  notePartitionFilters(statement.on, both, context);
  const clauses = statement.clauses.map((clause) => {
    const scope = {
      MATCHED: both,
      'NOT MATCHED': sourceScope,
      'NOT MATCHED BY SOURCE': targetScope,
    }[clause.when];
    return mergeClause(clause, target, own.range, scope, visible, context);
  });
  const temp = `temp.${MERGE_SOURCE} AS ${name}`;
  const run = `MERGE INTO ${own.sql} USING ${temp} ON ${on} ${clauses.join(' ')} RETURNING merge_action`;
  const matched = statement.clauses.filter((clause) => clause.when === 'MATCHED');
  const acts = matched.map((clause) =>
    clause.and === null ? 'TRUE' : conditionOf('WHEN clause', clause.and, both, context),
  );
  const conflict =
    matched.length === 0
      ? null
      : `SELECT 1 FROM ${own.sql} JOIN ${temp} ON ${on} WHERE ${acts.join(' OR ')} GROUP BY ${own.name}.rowid HAVING count(*) > 1 LIMIT 1`;
  return { verb: 'MERGE', target, prepare, conflict, run, scans: context.scans };
}

function mergeClause(
  clause: MergeClause,
  target: BaseTable,
  range: Range,
  scope: Scope,
  source: readonly Column[],
  context: Context,
): string {
  const and =
    clause.and === null ? '' : ` AND ${conditionOf('WHEN clause', clause.and, scope, context)}`;
  const head = `WHEN ${clause.when}${and} THEN`;
  const { action } = clause;
  if (action.kind === 'delete') return `${head} DELETE`;
  if (action.kind === 'update')
    return `${head} UPDATE SET ${assignments(action.set, target, range, scope, context)}`;
  const columns = namedColumns(action.columns, target, clause.at, context);
  const values =
    action.values === 'ROW'
      ? columns.map((column, index) => {
          const same = source.length === target.columns.length ? source[index] : undefined;
          const value =
            same ??
            fail(
              context,
              `INSERT ROW needs ${target.columns.length} source columns, got ${source.length}`,
              clause.at,
            );
          return assignable(value, column, clause.at, context);
        })
      : action.values.map((value, index) => {
          const column =
            columns[index] ??
            fail(
              context,
              `Inserted row has wrong column count; Has ${action.values.length}, expected ${columns.length}`,
              clause.at,
            );
          return assignedValue(value, column, scope, clause.at, context);
        });
  if (values.length !== columns.length) {
    fail(
      context,
      `Inserted row has wrong column count; Has ${values.length}, expected ${columns.length}`,
      clause.at,
    );
  }
  const rest = missing(columns, target);
  const names = [...columns, ...rest].map((column) => quote(column.name));
  const all = [...values, ...rest.map((column) => defaultOf(column, context))];
  if (target.partition?.column === '_PARTITIONTIME') {
    names.push('"_PARTITIONTIME"');
    all.push(`date_trunc('${target.partition.unit.toLowerCase()}', ${NOW})`);
  }
  return `${head} INSERT (${names.join(', ')}) VALUES (${all.join(', ')})`;
}

/** A table's rows from a query, for CREATE TABLE … AS. */
export function translateStoredQuery(relation: Relation): string {
  const list = relation.columns.map((column, index) => {
    const sql = `q.c${index + 1}`;
    return `${stored({ ...column, required: false, default: null }, sql)} AS ${quote(column.name)}`;
  });
  return `SELECT ${list.join(', ')} FROM (${relation.sql}) AS q`;
}
