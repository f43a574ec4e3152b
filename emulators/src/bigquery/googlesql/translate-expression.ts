import { castTo } from './cast.ts';
import { array, arrayQuery, struct } from './collections.ts';
import { type Context, fail } from './context.ts';
import { evaluateFirst, strictly } from './evaluation.ts';
import { intLiteral, parameter, placeholder, stringLiteral, typedLiteral } from './literals.ts';
import { translateBinary, translateComparison } from './operators.ts';
import { between, caseOf, is, isIn, like } from './predicates.ts';
import { fieldOf, lookUp, type Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import { translateExtract, translateInterval } from './temporal-functions.ts';
import { translateCall } from './translate-call.ts';
import { coerce, type Typed } from './typed.ts';
import { BOOL, BYTES, FLOAT64, INT64, JSON_TYPE, NULL_TYPE, text, typeName } from './types.ts';
import { typeOf } from './written-types.ts';

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
    case 'binary': {
      const { op, left, right } = expression;
      const run = ([a = left, b = right]: readonly Expression[], own: Scope): Typed =>
        translateBinary(
          expression,
          translateExpression(a, own, context),
          translateExpression(b, own, context),
          context,
        );
      if (op === 'AND' || op === 'OR') return run([], scope);
      return strictly([left, right], scope, context, run);
    }
    case 'is':
      return is(expression, inner(expression.arg), context);
    case 'distinctFrom': {
      const { left, right, not, at } = expression;
      const op = not ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
      return translateComparison(op, inner(left), inner(right), at, context);
    }
    case 'between': {
      const { arg, low, high } = expression;
      return strictly([arg, low, high], scope, context, ([a = arg, b = low, c = high], own) =>
        between({ ...expression, arg: a, low: b, high: c }, own, context),
      );
    }
    case 'in':
      return isIn(expression, scope, context);
    case 'like': {
      const { arg, pattern } = expression;
      return strictly([arg, pattern], scope, context, ([a = arg, b = pattern], own) =>
        like({ ...expression, arg: a, pattern: b }, own, context),
      );
    }
    case 'case':
      return caseOf(expression, scope, context);
    case 'cast':
      return cast(expression, scope, context);
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

function cast(
  { arg, type, safe, at }: Extract<Expression, { kind: 'cast' }>,
  scope: Scope,
  context: Context,
): Typed {
  const to = typeOf(type, context);
  const run = (each: Expression, inner: Scope): Typed =>
    castTo(context.translateExpression(each, inner, context), to, at, context);
  if (!safe) return run(arg, scope);
  return evaluateFirst([arg], scope, context, 'TRY', ([each = arg], inner) => run(each, inner));
}

function path(
  expression: Extract<Expression, { kind: 'path' }>,
  scope: Scope,
  context: Context,
): Typed {
  const { parts, at } = expression;
  const found = lookUp(scope, parts);
  if (found === 'ambiguous') fail(context, `Column name ${parts[0]} is ambiguous`, at);
  const type = context.parameters.get(`var:${parts[0]?.toLowerCase()}`);
  if (found === undefined && type === undefined)
    fail(context, `Unrecognized name: ${parts.join('.')}`, at);
  // Columns win over the variables of a script.
  const { typed, used } = found ?? {
    typed: { sql: placeholder(`var:${parts[0]}`), type: type ?? NULL_TYPE },
    used: 1,
  };
  let result: Typed = typed;
  for (const name of parts.slice(used)) result = field(result, name, at, context);
  return { sql: result.sql, type: result.type, literal: result.literal, origin: result.origin };
}

function field(base: Typed, name: string, at: number, context: Context): Typed {
  if (base.type.kind === 'JSON') {
    return {
      sql: `bq_json_typed_query(${base.sql}, ${text(`$.${JSON.stringify(name)}`)})`,
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
    return { sql: `bq_json_typed_query(${base.sql}, ${text(step)})`, type: JSON_TYPE };
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
