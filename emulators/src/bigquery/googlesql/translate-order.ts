import { type Context, fail } from './context.ts';
import type { Scope } from './scope.ts';
import type { Expression, OrderItem, Query, Select } from './syntax.ts';
import type { Typed } from './typed.ts';
import { type SqlType, typeName } from './types.ts';
import { orderTerm } from './windows.ts';

export interface Output {
  readonly name: string;
  readonly typed: Typed;
}

/** DISTINCT can sort only by what it selects, so there is no place for a key about NaN. */
export function sortable(select: Select, outputs: readonly Output[]): readonly Output[] {
  if (!select.distinct) return outputs;
  return outputs.map((output) => ({ ...output, typed: { ...output.typed, literal: '' } }));
}

export type Tail = Pick<Query, 'orderBy' | 'limit' | 'offset'>;

export function findAlias(item: Expression, outputs: readonly Output[]): number {
  if (item.kind !== 'path' || item.parts.length !== 1) return -1;
  return outputs.findIndex((output) => output.name.toLowerCase() === item.parts[0]?.toLowerCase());
}

export function orderAndLimit(
  tail: Tail,
  scope: Scope,
  outputs: readonly Output[],
  context: Context,
): string {
  const order = tail.orderBy.map((item) => orderKey(item, outputs, scope, context));
  const count = (expression: Expression): string => {
    const typed = context.translateExpression(expression, scope, context);
    if (
      typed.type.kind !== 'INT64' ||
      (typed.literal === undefined && typed.isParameter !== true)
    ) {
      fail(context, 'LIMIT and OFFSET expect an integer literal or parameter', expression.at);
    }
    return typed.sql;
  };
  const by = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  const limit = tail.limit === null ? '' : ` LIMIT ${count(tail.limit)}`;
  return `${by}${limit}${tail.offset === null ? '' : ` OFFSET ${count(tail.offset)}`}`;
}

function orderKey(
  item: OrderItem,
  outputs: readonly Output[],
  scope: Scope,
  context: Context,
): string {
  const { expression } = item;
  const position =
    expression.kind === 'int' ? Number(expression.value) : 1 + findAlias(expression, outputs);
  if (expression.kind === 'int' || position !== 0) {
    const output = outputs[position - 1];
    if (output === undefined)
      return fail(
        context,
        `ORDER BY column number item is out of range: ${position}`,
        expression.at,
      );
    checkOrderable(output.typed.type, expression, context);
    return orderTerm(output.typed, String(position), item);
  }
  const typed = context.translateExpression(expression, scope, context);
  checkOrderable(typed.type, expression, context);
  return orderTerm(typed, typed.sql, item);
}

function checkOrderable(type: SqlType, expression: Expression, context: Context): void {
  if (['ARRAY', 'STRUCT', 'JSON'].includes(type.kind)) {
    fail(context, `ORDER BY does not support expressions of type ${typeName(type)}`, expression.at);
  }
}
