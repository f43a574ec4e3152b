import { type Context, fail, refuse } from './context.ts';
import type { Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import { coerce, commonType, type Typed } from './typed.ts';
import {
  arrayOf,
  duckFieldName,
  duckType,
  INT64,
  NULL_TYPE,
  quote,
  structOf,
  typeName,
} from './types.ts';
import { typeOf } from './written-types.ts';

export function array(
  expression: Extract<Expression, { kind: 'array' }>,
  scope: Scope,
  context: Context,
): Typed {
  const items = expression.items.map((each) => context.translateExpression(each, scope, context));
  const element =
    expression.element === null ? commonType(items) : typeOf(expression.element, context);
  if (element === undefined) {
    const types = [...new Set(items.map((each) => typeName(each.type)))].join(', ');
    fail(
      context,
      `Array elements of types {${types}} do not have a common supertype`,
      expression.at,
    );
  }
  if (element.kind === 'ARRAY')
    fail(
      context,
      'Cannot construct array with element type ARRAY because nested arrays are not supported',
      expression.at,
    );
  const values = items.map(
    (item) =>
      coerce(item, element)?.sql ??
      fail(
        context,
        `Array element type ${typeName(item.type)} does not coerce to ${typeName(element)}`,
        expression.at,
      ),
  );
  const untyped = element.kind === 'NULL' ? INT64 : element;
  if (values.length === 0)
    return {
      sql: `CAST([] AS ${duckType(arrayOf(untyped))})`,
      type: arrayOf(expression.element === null ? NULL_TYPE : untyped),
    };
  return { sql: `[${values.join(', ')}]`, type: arrayOf(element) };
}

export function arrayQuery(
  expression: Extract<Expression, { kind: 'arrayQuery' }>,
  scope: Scope,
  context: Context,
): Typed {
  const relation = context.translateQuery(expression.query, scope, context);
  const [column, ...rest] = relation.columns;
  if (column === undefined || 0 < rest.length) {
    fail(
      context,
      'ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values',
      expression.at,
    );
  }
  if (column.type.kind === 'ARRAY')
    fail(
      context,
      'Cannot use array subquery with column of type ARRAY because nested arrays are not supported',
      expression.at,
    );
  return { sql: `ARRAY(${relation.sql})`, type: arrayOf(column.type) };
}

export function struct(
  expression: Extract<Expression, { kind: 'struct' }>,
  scope: Scope,
  context: Context,
): Typed {
  const declared = expression.fields === null ? null : typeOf(expression.fields, context);
  const items = expression.items.map((each) =>
    context.translateExpression(each.expression, scope, context),
  );
  if (declared?.kind === 'STRUCT' && declared.fields.length !== items.length) {
    fail(
      context,
      `STRUCT constructor has ${items.length} values and its type has ${declared.fields.length} fields`,
      expression.at,
    );
  }
  const fields = items.map((item, index) => {
    const target = declared?.kind === 'STRUCT' ? declared.fields[index] : undefined;
    const value = target === undefined ? item : coerce(item, target.type);
    if (value === undefined)
      fail(
        context,
        `Struct field ${index + 1} has type ${typeName(item.type)} which does not coerce to ${typeName(target?.type ?? NULL_TYPE)}`,
        expression.at,
      );
    const source = expression.items[index];
    const name =
      target?.name ?? source?.name ?? (declared === null ? inferredName(source?.expression) : '');
    return { name, value };
  });
  const parts = fields.map(({ name, value }, index) => {
    const sql = value.type.kind === 'NULL' ? 'CAST(NULL AS BIGINT)' : value.sql;
    return `${quote(duckFieldName(name, index))} := ${sql}`;
  });
  if (parts.length === 0) refuse(context, 'Expression', 'empty STRUCT()', expression.at);
  return {
    sql: `struct_pack(${parts.join(', ')})`,
    type: structOf(fields.map(({ name, value }) => ({ name, type: value.type }))),
  };
}

/** The name a SELECT item or struct field takes from its expression; '' for none. */
export function inferredName(expression: Expression | undefined): string {
  if (expression?.kind === 'path') return expression.parts[expression.parts.length - 1] ?? '';
  if (expression?.kind === 'field') return expression.name;
  return '';
}
