import { type Context, fail } from './context.ts';
import { compare, refuseNullLiterals, translateComparison } from './operators.ts';
import type { Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import { coerce, commonType, type Typed } from './typed.ts';
import { BOOL, typeName } from './types.ts';

export function is(
  expression: Extract<Expression, { kind: 'is' }>,
  arg: Typed,
  context: Context,
): Typed {
  if (expression.what !== 'NULL' && arg.type.kind !== 'BOOL' && arg.type.kind !== 'NULL') {
    fail(
      context,
      `No matching signature for operator IS ${expression.what} for argument types: ${typeName(arg.type)}`,
      expression.at,
    );
  }
  return { sql: `(${arg.sql} IS ${expression.not ? 'NOT ' : ''}${expression.what})`, type: BOOL };
}

export function between(
  expression: Extract<Expression, { kind: 'between' }>,
  scope: Scope,
  context: Context,
): Typed {
  const parts = [expression.arg, expression.low, expression.high].map((each) =>
    context.translateExpression(each, scope, context),
  );
  const type = commonType(parts);
  if (type === undefined) {
    const types = parts.map((part) => typeName(part.type)).join(', ');
    fail(
      context,
      `No matching signature for operator BETWEEN for argument types: ${types}`,
      expression.at,
    );
  }
  const [value, low, high] = parts.map((part) => coerce(part, type)?.sql);
  if (type.kind === 'FLOAT64') {
    const isLiteral = parts.map((part) => part.literal !== undefined);
    const from = compare('>=', value ?? '', low ?? '', type, [
      isLiteral[0] === true,
      isLiteral[1] === true,
    ]);
    const to = compare('<=', value ?? '', high ?? '', type, [
      isLiteral[0] === true,
      isLiteral[2] === true,
    ]);
    return { sql: `(${expression.not ? 'NOT ' : ''}(${from} AND ${to}))`, type: BOOL };
  }
  return {
    sql: `(${value} ${expression.not ? 'NOT ' : ''}BETWEEN ${low} AND ${high})`,
    type: BOOL,
  };
}

export function isIn(
  expression: Extract<Expression, { kind: 'in' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { among, at } = expression;
  const arg = context.translateExpression(expression.arg, scope, context);
  const not = expression.not ? 'NOT ' : '';
  if (among.kind === 'list') {
    const items = among.items.map((each) => context.translateExpression(each, scope, context));
    const type = commonType([arg, ...items]);
    if (type === undefined) {
      const types = [arg, ...items].map((each) => typeName(each.type)).join(', ');
      fail(context, `No matching signature for operator IN for argument types: ${types}`, at);
    }
    const [value = '', ...list] = [arg, ...items].map((each) => coerce(each, type)?.sql ?? '');
    if (type.kind === 'FLOAT64' || type.kind === 'STRUCT') {
      const equal = list.map((each, index) => {
        const isLiteral = [arg, items[index]].map((side) => side?.literal !== undefined);
        return compare('=', value, each, type, isLiteral);
      });
      return { sql: `(${not}(${equal.join(' OR ')}))`, type: BOOL };
    }
    return { sql: `(${value} ${not}IN (${list.join(', ')}))`, type: BOOL };
  }
  if (among.kind === 'query') {
    const relation = context.translateQuery(among.query, scope, context);
    const [column, ...rest] = relation.columns;
    if (column === undefined || 0 < rest.length)
      fail(context, 'Subquery of type IN must have only one output column', at);
    const value = coerce(arg, column.type);
    if (value === undefined) {
      fail(
        context,
        `Cannot execute IN subquery with uncomparable types ${typeName(arg.type)} and ${typeName(column.type)}`,
        at,
      );
    }
    return { sql: `(${value.sql} ${not}IN (${relation.sql}))`, type: BOOL };
  }
  const list = context.translateExpression(among.array, scope, context);
  if (list.type.kind !== 'ARRAY')
    fail(
      context,
      `Second argument of IN UNNEST must be an array but was ${typeName(list.type)}`,
      at,
    );
  const value =
    coerce(arg, list.type.element) ??
    fail(
      context,
      `No matching signature for operator IN UNNEST for argument types: ${typeName(arg.type)}, ${typeName(list.type)}`,
      at,
    );
  return { sql: `(${not}bq_in_unnest(${value.sql}, ${list.sql}))`, type: BOOL };
}

export function like(
  expression: Extract<Expression, { kind: 'like' }>,
  scope: Scope,
  context: Context,
): Typed {
  const arg = context.translateExpression(expression.arg, scope, context);
  const pattern = context.translateExpression(expression.pattern, scope, context);
  refuseNullLiterals('LIKE', [arg, pattern], expression.at, context);
  for (const each of [arg, pattern]) {
    if (each.type.kind !== 'STRING' && each.type.kind !== 'NULL') {
      fail(
        context,
        `No matching signature for operator LIKE for argument types: ${typeName(arg.type)}, ${typeName(pattern.type)}`,
        expression.at,
      );
    }
  }
  return {
    sql: `(${arg.sql} ${expression.not ? 'NOT ' : ''}LIKE ${pattern.sql} ESCAPE '\\')`,
    type: BOOL,
  };
}

export function caseOf(
  expression: Extract<Expression, { kind: 'case' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { operand, whens, otherwise, at } = expression;
  const subject = operand === null ? null : context.translateExpression(operand, scope, context);
  const results = [
    ...whens.map((each) => each.result),
    ...(otherwise === null ? [] : [otherwise]),
  ].map((each) => context.translateExpression(each, scope, context));
  const type = commonType(results);
  if (type === undefined) {
    const types = results.map((each) => typeName(each.type)).join(', ');
    fail(context, `No matching signature for operator CASE for argument types: ${types}`, at);
  }
  const branches = whens.map((each, index) => {
    const when = context.translateExpression(each.when, scope, context);
    const condition =
      subject === null ? coerce(when, BOOL) : translateComparison('=', subject, when, at, context);
    if (condition === undefined)
      fail(context, `CASE condition must be BOOL but is ${typeName(when.type)}`, at);
    return `WHEN ${condition.sql} THEN ${coerce(results[index] as Typed, type)?.sql}`;
  });
  const last =
    otherwise === null ? '' : ` ELSE ${coerce(results[whens.length] as Typed, type)?.sql}`;
  return { sql: `(CASE ${branches.join(' ')}${last} END)`, type };
}
