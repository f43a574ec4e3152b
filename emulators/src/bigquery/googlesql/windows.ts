import { type Context, fail } from './context.ts';
import type { Scope } from './scope.ts';
import type { Call, Expression, OrderItem, Window } from './syntax.ts';
import type { Typed } from './typed.ts';
import { typeName } from './types.ts';

/** `… FILTER (…) OVER (…)` after the call. */
export function suffix(
  sql: string,
  filter: string,
  call: Call,
  scope: Scope,
  context: Context,
): string {
  const conditions = [filter, call.filter ?? ''].filter((each) => each !== '').join(' AND ');
  const filtered = conditions === '' ? sql : `${sql} FILTER (WHERE ${conditions})`;
  if (call.over === null) return filtered;
  const window =
    typeof call.over === 'string' ? namedWindow(call.over, call.at, scope, context) : call.over;
  return `${filtered} OVER ${overClause(window, scope, context)}`;
}

function namedWindow(name: string, at: number, scope: Scope, context: Context): Window {
  return (
    scope.windows?.get(name.toLowerCase()) ?? fail(context, `Unrecognized window alias ${name}`, at)
  );
}

/** A window that builds on a named one takes its keys and order. */
function overClause(window: Window, scope: Scope, context: Context): string {
  const base = window.base === null ? null : namedWindow(window.base, window.at, scope, context);
  if (base !== null) return overClause({ ...window, ...inherit(base, window) }, scope, context);
  const parts: string[] = [];
  const expression = (each: Expression): string =>
    context.translateExpression(each, scope, context).sql;
  if (0 < window.partitionBy.length) {
    const keys = window.partitionBy.map((each) => {
      const key = context.translateExpression(each, scope, context);
      if (key.type.kind === 'FLOAT64')
        fail(context, 'Partitioning by expressions of type FLOAT64 is not allowed', each.at);
      return key.sql;
    });
    parts.push(`PARTITION BY ${keys.join(', ')}`);
  }
  if (0 < window.orderBy.length)
    parts.push(
      `ORDER BY ${orderList(window.orderBy, scope, context, window.frame?.unit === 'RANGE')}`,
    );
  const { frame } = window;
  if (frame !== null) {
    const bound = (each: { kind: string; offset: Expression | null }): string =>
      each.offset === null ? each.kind : `${expression(each.offset)} ${each.kind}`;
    const range =
      frame.end === null
        ? bound(frame.start)
        : `BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}`;
    parts.push(`${frame.unit} ${range}`);
  }
  return `(${parts.join(' ')})`;
}

function inherit(
  base: Window,
  own: Window,
): Pick<Window, 'partitionBy' | 'orderBy' | 'frame' | 'base'> {
  return {
    base: base.base,
    partitionBy: 0 < own.partitionBy.length ? own.partitionBy : base.partitionBy,
    orderBy: 0 < own.orderBy.length ? own.orderBy : base.orderBy,
    frame: own.frame ?? base.frame,
  };
}

/** One key of ORDER BY, called `name`. In GoogleSQL NULLs are the least of all, then NaN. */
export function orderTerm(key: Typed, name: string, item: OrderItem): string {
  const nulls = (item.nullsFirst ?? !item.descending) ? 'NULLS FIRST' : 'NULLS LAST';
  const term = `${name} ${item.descending ? 'DESC' : 'ASC'} ${nulls}`;
  // DuckDB puts NaN after all other numbers.
  if (key.type.kind !== 'FLOAT64' || key.literal !== undefined) return term;
  return `isnan(${key.sql}) ${item.descending ? 'ASC' : 'DESC'} ${nulls}, ${term}`;
}

export function orderList(
  items: readonly OrderItem[],
  scope: Scope,
  context: Context,
  isRange = false,
): string {
  return items
    .map((item) => {
      const key = context.translateExpression(item.expression, scope, context);
      if (['ARRAY', 'STRUCT', 'JSON'].includes(key.type.kind))
        fail(
          context,
          `ORDER BY does not support expressions of type ${typeName(key.type)}`,
          item.expression.at,
        );
      // A RANGE frame takes one key: with NaN in it there is no range to speak of.
      return isRange
        ? orderTerm({ ...key, literal: '' }, key.sql, item)
        : orderTerm(key, key.sql, item);
    })
    .join(', ');
}
