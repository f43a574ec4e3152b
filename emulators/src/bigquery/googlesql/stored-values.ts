import {
  type Context,
  fail,
  refuse,
  type Scan,
  type TableColumn,
  type TableShape,
} from './context.ts';
import { parseExpressionText } from './parse-statement.ts';
import { type Column, EMPTY_SCOPE, type Range, type Scope } from './scope.ts';
import type { Assignment, Statement } from './statement-syntax.ts';
import type { Expression } from './syntax.ts';
import { coerce, type Typed } from './typed.ts';
import { BOOL, duckType, quote, typeName } from './types.ts';

export type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

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

export type BaseTable = TableShape & { readonly kind: 'table' };

export function namedColumns(
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

export function missing(columns: readonly TableColumn[], target: BaseTable): TableColumn[] {
  return target.columns.filter((column) => !columns.some((each) => each.name === column.name));
}

/** BigQuery stores no NULL arrays. */
export function stored(column: TableColumn, sql: string): string {
  return column.type.kind === 'ARRAY'
    ? `coalesce(${sql}, CAST([] AS ${duckType(column.type)}))`
    : sql;
}

export function defaultOf(column: TableColumn, context: Context): string {
  if (column.default === null) return stored(column, `CAST(NULL AS ${duckType(column.type)})`);
  const inner = { ...context, text: column.default };
  const value = context.translateExpression(
    parseExpressionText(column.default),
    EMPTY_SCOPE,
    inner,
  );
  return assignable(value, column, 0, inner);
}

export function assignable(
  value: Typed,
  column: TableColumn,
  at: number,
  context: Context,
): string {
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

export function assignedValue(
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

interface Target {
  readonly sql: string;
  readonly name: string;
  readonly range: Range;
}

export function targetRange(
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

export function conditionOf(
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

export function assignments(
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
