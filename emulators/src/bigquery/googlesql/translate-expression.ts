import { normalJson } from '../json-text.ts';
import { castTo } from './cast.ts';
import { type Context, fail, refuse } from './context.ts';
import {
  compareFloats,
  refuseNullLiterals,
  translateBinary,
  translateComparison,
} from './operators.ts';
import { fieldOf, lookUp, type Scope } from './scope.ts';
import type { Expression, TypeSyntax } from './syntax.ts';
import { translateExtract, translateInterval } from './temporal-functions.ts';
import { translateCall } from './translate-call.ts';
import { coerce, commonType, type Typed, temporalLiteral } from './typed.ts';
import {
  arrayOf,
  BOOL,
  BYTES,
  duckFieldName,
  duckType,
  FLOAT64,
  INT64,
  JSON_TYPE,
  NULL_TYPE,
  NUMERIC,
  quote,
  type SqlType,
  STRING,
  scalarNamed,
  structOf,
  text,
  typeName,
} from './types.ts';

/** DuckDB text and type of a GoogleSQL expression. Throws the error BigQuery gives, or a refusal by name. */
export function translateExpression(expression: Expression, scope: Scope, context: Context): Typed {
  const inner = (each: Expression): Typed => translateExpression(each, scope, context);
  switch (expression.kind) {
    case 'null':
      return { sql: 'NULL', type: NULL_TYPE };
    case 'bool':
      return { sql: expression.value ? 'TRUE' : 'FALSE', type: BOOL };
    case 'int':
      return intLiteral(expression.value, expression.at, context);
    case 'float':
      return { sql: `${expression.value}::DOUBLE`, type: FLOAT64, literal: expression.value };
    case 'string':
      return stringLiteral(expression.value, expression.at, context);
    case 'bytes':
      return {
        sql: `from_hex('${Buffer.from(expression.value, 'latin1').toString('hex')}')`,
        type: BYTES,
      };
    case 'typed':
      return typedLiteral(expression, context);
    case 'interval':
      return translateInterval(expression, scope, context);
    case 'parameter':
      return parameter(expression, context);
    case 'path':
      return path(expression, scope, context);
    case 'field':
      return field(inner(expression.base), expression.name, expression.at, context);
    case 'index':
      return index(expression, scope, context);
    case 'unary':
      return unary(expression, scope, context);
    case 'binary':
      return translateBinary(expression, inner(expression.left), inner(expression.right), context);
    case 'is':
      return is(expression, inner(expression.arg), context);
    case 'distinctFrom': {
      const op = expression.not ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
      return translateComparison(
        op,
        inner(expression.left),
        inner(expression.right),
        expression.at,
        context,
      );
    }
    case 'between':
      return between(expression, scope, context);
    case 'in':
      return isIn(expression, scope, context);
    case 'like':
      return like(expression, scope, context);
    case 'case':
      return caseOf(expression, scope, context);
    case 'cast':
      return castTo(
        inner(expression.arg),
        typeOf(expression.type, context),
        expression.safe,
        expression.at,
        context,
      );
    case 'extract':
      return translateExtract(expression, scope, context);
    case 'array':
      return array(expression, scope, context);
    case 'arrayQuery':
      return arrayQuery(expression, scope, context);
    case 'struct':
      return struct(expression, scope, context);
    case 'subquery': {
      const relation = context.translateQuery(expression.query, scope, context);
      const [column, ...rest] = relation.columns;
      if (column === undefined || 0 < rest.length) {
        fail(
          context,
          'Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values',
          expression.at,
        );
      }
      return { sql: `(${relation.sql})`, type: column.type };
    }
    case 'exists':
      return {
        sql: `EXISTS (${context.translateQuery(expression.query, scope, context).sql})`,
        type: BOOL,
      };
    case 'call':
      return translateCall(expression, scope, context);
  }
}

/** The type that a written type means. */
export function typeOf(syntax: TypeSyntax, context: Context): SqlType {
  if (syntax.kind === 'array') return arrayOf(typeOf(syntax.element, context));
  if (syntax.kind === 'struct') {
    return structOf(
      syntax.fields.map((each) => ({ name: each.name, type: typeOf(each.type, context) })),
    );
  }
  const type = scalarNamed(syntax.name);
  if (type === undefined) {
    if (/^(BIGNUMERIC|BIGDECIMAL|GEOGRAPHY|RANGE)$/.test(syntax.name))
      refuse(context, 'Type', syntax.name, syntax.at);
    fail(context, `Type not found: ${syntax.name}`, syntax.at);
  }
  if (0 < syntax.parameters.length) {
    refuse(
      context,
      'Parameterized type',
      `${syntax.name}(${syntax.parameters.join(', ')})`,
      syntax.at,
    );
  }
  return type;
}

function intLiteral(value: string, at: number, context: Context): Typed {
  const number =
    BigInt(value.startsWith('-') ? value.slice(1) : value) * (value.startsWith('-') ? -1n : 1n);
  if (BigInt.asIntN(64, number) !== number) fail(context, `Invalid integer literal: ${value}`, at);
  // DuckDB negates after the cast, and -(2^63) does not fit before it.
  const sql =
    number === -(2n ** 63n) ? '(-9223372036854775807::BIGINT - 1)' : `(${number})::BIGINT`;
  return { sql: number < 0n ? sql : `${number}::BIGINT`, type: INT64, literal: String(number) };
}

function stringLiteral(value: string, at: number, context: Context): Typed {
  if (/[\0\uE000\uE001]/.test(value))
    refuse(context, 'Literal', 'string with a NUL or private-use character', at);
  return { sql: text(value), type: STRING, literal: value };
}

function typedLiteral(expression: Extract<Expression, { kind: 'typed' }>, context: Context): Typed {
  const { type, value, at } = expression;
  if (type === 'NUMERIC') {
    if (!/^\s*[+-]?\d+(\.\d*)?([eE][+-]?\d+)?\s*$/.test(value))
      fail(context, `Invalid NUMERIC literal: ${JSON.stringify(value)}`, at);
    return { sql: `CAST(${text(value.trim())} AS DECIMAL(38,9))`, type: NUMERIC };
  }
  if (type === 'JSON') {
    try {
      return { sql: `CAST(${text(normalJson(value))} AS JSON)`, type: JSON_TYPE };
    } catch {
      fail(context, `Invalid JSON literal: ${JSON.stringify(value)}`, at);
    }
  }
  const sql = temporalLiteral(type, value);
  if (sql === undefined) fail(context, `Invalid ${type} literal ${JSON.stringify(value)}`, at);
  return { sql, type: { kind: type as 'DATE' } };
}

function parameter(
  expression: Extract<Expression, { kind: 'parameter' }>,
  context: Context,
): Typed {
  const type = context.parameters.get(expression.name.toLowerCase());
  if (type === undefined)
    fail(context, `Query parameter '${expression.name}' not found`, expression.at);
  return { sql: placeholder(expression.name), type, isParameter: true };
}

/** Stands for a parameter in cached text, until `fillIn` puts the value there. */
export function placeholder(name: string): string {
  return `\uE000${name.toLowerCase()}\uE001`;
}

function path(
  expression: Extract<Expression, { kind: 'path' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { parts, at } = expression;
  const found = lookUp(scope, parts);
  if (found === 'ambiguous') fail(context, `Column name ${parts[0]} is ambiguous`, at);
  if (found === undefined) {
    const variable =
      parts.length === 1 ? context.parameters.get(`var:${parts[0]?.toLowerCase()}`) : undefined;
    if (variable !== undefined) return { sql: placeholder(`var:${parts[0]}`), type: variable };
    fail(context, `Unrecognized name: ${parts.join('.')}`, at);
  }
  let result = found.typed;
  for (const name of parts.slice(found.used)) result = field(result, name, at, context);
  return { sql: result.sql, type: result.type, literal: result.literal, origin: result.origin };
}

function field(base: Typed, name: string, at: number, context: Context): Typed {
  if (base.type.kind === 'JSON') {
    return {
      sql: `CAST(json_extract(${base.sql}, ${text(`$.${JSON.stringify(name)}`)}) AS JSON)`,
      type: JSON_TYPE,
    };
  }
  if (base.type.kind !== 'STRUCT') {
    fail(context, `Cannot access field ${name} on a value with type ${typeName(base.type)}`, at);
  }
  const found = fieldOf(base, name);
  if (found === undefined)
    fail(context, `Field name ${name} does not exist in ${typeName(base.type)}`, at);
  return found;
}

function index(
  expression: Extract<Expression, { kind: 'index' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { mode, at } = expression;
  const base = translateExpression(expression.base, scope, context);
  const position = translateExpression(expression.index, scope, context);
  if (base.type.kind === 'JSON' && mode === 'KEY' && position.literal !== undefined) {
    const step =
      position.type.kind === 'INT64'
        ? `$[${position.literal}]`
        : `$.${JSON.stringify(position.literal)}`;
    return { sql: `CAST(json_extract(${base.sql}, ${text(step)}) AS JSON)`, type: JSON_TYPE };
  }
  if (base.type.kind !== 'ARRAY') {
    fail(
      context,
      `Element access using [] is not supported on values of type ${typeName(base.type)}`,
      at,
    );
  }
  if (position.type.kind !== 'INT64') {
    fail(
      context,
      `Array position in [] must be coercible to INT64 type, but has type ${typeName(position.type)}`,
      at,
    );
  }
  const type = base.type.element;
  const macro = {
    OFFSET: 'bq_offset',
    KEY: 'bq_offset',
    ORDINAL: 'bq_ordinal',
    SAFE_OFFSET: 'bq_safe_offset',
    SAFE_ORDINAL: 'bq_safe_ordinal',
  };
  return { sql: `${macro[mode]}(${base.sql}, ${position.sql})`, type };
}

function unary(
  expression: Extract<Expression, { kind: 'unary' }>,
  scope: Scope,
  context: Context,
): Typed {
  const arg = translateExpression(expression.arg, scope, context);
  const { op, at } = expression;
  const signature = (): never =>
    fail(
      context,
      `No matching signature for operator ${op} for argument types: ${typeName(arg.type)}`,
      at,
    );
  if (op === 'NOT') {
    const bool = coerce(arg, BOOL) ?? signature();
    return { sql: `(NOT ${bool.sql})`, type: BOOL };
  }
  if (op === '~')
    return arg.type.kind === 'INT64' ? { sql: `(~${arg.sql})`, type: INT64 } : signature();
  if (!['INT64', 'FLOAT64', 'NUMERIC'].includes(arg.type.kind)) signature();
  const literal = arg.literal === undefined ? undefined : `-${arg.literal}`;
  return op === '+' ? arg : { sql: `(-${arg.sql})`, type: arg.type, literal };
}

function is(expression: Extract<Expression, { kind: 'is' }>, arg: Typed, context: Context): Typed {
  if (expression.what !== 'NULL' && arg.type.kind !== 'BOOL' && arg.type.kind !== 'NULL') {
    fail(
      context,
      `No matching signature for operator IS ${expression.what} for argument types: ${typeName(arg.type)}`,
      expression.at,
    );
  }
  return { sql: `(${arg.sql} IS ${expression.not ? 'NOT ' : ''}${expression.what})`, type: BOOL };
}

function between(
  expression: Extract<Expression, { kind: 'between' }>,
  scope: Scope,
  context: Context,
): Typed {
  const parts = [expression.arg, expression.low, expression.high].map((each) =>
    translateExpression(each, scope, context),
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
    const from = compareFloats('>=', value ?? '', low ?? '', [
      isLiteral[0] === true,
      isLiteral[1] === true,
    ]);
    const to = compareFloats('<=', value ?? '', high ?? '', [
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

function isIn(
  expression: Extract<Expression, { kind: 'in' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { among, at } = expression;
  const arg = translateExpression(expression.arg, scope, context);
  const not = expression.not ? 'NOT ' : '';
  if (among.kind === 'list') {
    const items = among.items.map((each) => translateExpression(each, scope, context));
    const type = commonType([arg, ...items]);
    if (type === undefined) {
      const types = [arg, ...items].map((each) => typeName(each.type)).join(', ');
      fail(context, `No matching signature for operator IN for argument types: ${types}`, at);
    }
    const [value, ...list] = [arg, ...items].map((each) => coerce(each, type)?.sql);
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
  const list = translateExpression(among.array, scope, context);
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

function like(
  expression: Extract<Expression, { kind: 'like' }>,
  scope: Scope,
  context: Context,
): Typed {
  const arg = translateExpression(expression.arg, scope, context);
  const pattern = translateExpression(expression.pattern, scope, context);
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

function caseOf(
  expression: Extract<Expression, { kind: 'case' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { operand, whens, otherwise, at } = expression;
  const subject = operand === null ? null : translateExpression(operand, scope, context);
  const results = [
    ...whens.map((each) => each.result),
    ...(otherwise === null ? [] : [otherwise]),
  ].map((each) => translateExpression(each, scope, context));
  const type = commonType(results);
  if (type === undefined) {
    const types = results.map((each) => typeName(each.type)).join(', ');
    fail(context, `No matching signature for operator CASE for argument types: ${types}`, at);
  }
  const branches = whens.map((each, index) => {
    const when = translateExpression(each.when, scope, context);
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

function array(
  expression: Extract<Expression, { kind: 'array' }>,
  scope: Scope,
  context: Context,
): Typed {
  const items = expression.items.map((each) => translateExpression(each, scope, context));
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

function arrayQuery(
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

function struct(
  expression: Extract<Expression, { kind: 'struct' }>,
  scope: Scope,
  context: Context,
): Typed {
  const declared = expression.fields === null ? null : typeOf(expression.fields, context);
  const items = expression.items.map((each) =>
    translateExpression(each.expression, scope, context),
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
