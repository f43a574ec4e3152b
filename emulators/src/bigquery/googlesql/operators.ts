import { type Context, fail, refuse } from './context.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import { coerce, commonType, type Typed } from './typed.ts';
import {
  BOOL,
  BYTES,
  DATE,
  DATETIME,
  duckFieldName,
  FLOAT64,
  INT64,
  type SqlType,
  STRING,
  text,
  typeName,
} from './types.ts';

/**
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/operators
 */
export function translateBinary(
  expression: Extract<Expression, { kind: 'binary' }>,
  left: Typed,
  right: Typed,
  context: Context,
): Typed {
  const { op, at } = expression;
  if (op !== 'AND' && op !== 'OR') refuseNullLiterals(op, [left, right], at, context);
  const result = apply(op, left, right, at, context);
  if (result !== undefined) return result;
  const types = `${typeName(left.type)}, ${typeName(right.type)}`;
  return fail(context, `No matching signature for operator ${op} for argument types: ${types}`, at);
}

function apply(
  op: BinaryOperator,
  left: Typed,
  right: Typed,
  at: number,
  context: Context,
): Typed | undefined {
  switch (op) {
    case 'AND':
    case 'OR':
      return typedBinary(op, left, right, BOOL);
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return translateComparison(op, left, right, at, context);
    case '+':
    case '-':
      return temporalSum(op, left, right) ?? arithmetic(op, left, right);
    case '*':
      return arithmetic(op, left, right);
    case '/':
      return divide(left, right, at, context);
    case '||':
      return concatenate(left, right);
    default:
      return bitwise(op, left, right);
  }
}

/** A comparison, with both sides brought to one type. */
export function translateComparison(
  op: string,
  left: Typed,
  right: Typed,
  at: number,
  context: Context,
): Typed {
  const type = commonType([left, right]);
  const isComparable =
    type !== undefined &&
    type.kind !== 'ARRAY' &&
    type.kind !== 'JSON' &&
    (type.kind !== 'STRUCT' || op === '=' || op === '!=');
  if (!isComparable) {
    const types = `${typeName(left.type)}, ${typeName(right.type)}`;
    fail(context, `No matching signature for operator ${op} for argument types: ${types}`, at);
  }
  const [a = '', b = ''] = [coerce(left, type)?.sql, coerce(right, type)?.sql];
  const isLiteral = [left, right].map((each) => each.literal !== undefined);
  return { sql: compare(op, a, b, type, isLiteral), type: BOOL };
}

/** `a op b` of one type, for DuckDB. */
export function compare(
  op: string,
  a: string,
  b: string,
  type: SqlType,
  isLiteral: readonly boolean[],
): string {
  if (type.kind === 'FLOAT64') return compareFloats(op, a, b, isLiteral);
  if (type.kind !== 'STRUCT' || op.startsWith('IS ')) return `(${a} ${op} ${b})`;
  // DuckDB holds structs equal whose fields are NULL; GoogleSQL compares field by field.
  const fields = type.fields.map((field, index) => {
    const name = text(duckFieldName(field.name, index));
    const [x, y] = [a, b].map((each) => `struct_extract(${each}, ${name})`);
    return compare(op, x ?? '', y ?? '', field.type, [false, false]);
  });
  return `(${fields.join(op === '=' ? ' AND ' : ' OR ')})`;
}

/** DuckDB holds NaN equal to itself and greater than all; in GoogleSQL no comparison with it is true. */
function compareFloats(
  op: string,
  a: string,
  b: string,
  [isLeftLiteral, isRightLiteral]: readonly boolean[],
): string {
  const plain = `${a} ${op} ${b}`;
  if (op.startsWith('IS ')) return `(${plain})`;
  const isEquality = op === '=' || op === '!=';
  const isLeft = isEquality || op.startsWith('>');
  const isHarmless = isEquality
    ? isLeftLiteral || isRightLiteral
    : isLeft
      ? isLeftLiteral
      : isRightLiteral;
  if (isHarmless) return `(${plain})`;
  // With NULL on the other side the answer stays NULL.
  const [odd, other] = isLeft ? [a, b] : [b, a];
  const isOdd = `(isnan(${odd}) AND ${other} IS NOT NULL)`;
  return op === '!=' ? `(${plain} OR ${isOdd})` : `(${plain} AND NOT ${isOdd})`;
}

/** GoogleSQL takes an operator on a bare NULL for a mistake. */
export function refuseNullLiterals(
  op: string,
  operands: readonly Typed[],
  at: number,
  context: Context,
): void {
  if (operands.some((each) => each.sql === 'NULL'))
    fail(context, `Operands of ${op} cannot be literal NULL`, at);
}

function typedBinary(op: string, left: Typed, right: Typed, type: SqlType): Typed | undefined {
  const [a, b] = [coerce(left, type), coerce(right, type)];
  return a === undefined || b === undefined
    ? undefined
    : { sql: `(${a.sql} ${op} ${b.sql})`, type };
}

function arithmetic(op: string, left: Typed, right: Typed): Typed | undefined {
  const type = numericType(left, right);
  if (type === undefined) return undefined;
  const result = typedBinary(op, left, right, type);
  if (type.kind === 'FLOAT64' && result !== undefined) {
    const [a, b] = [left, right].map((each) => coerce(each, FLOAT64)?.sql);
    return { ...result, sql: `bq_finite(${result.sql}, ${a}, ${b})` };
  }
  // DuckDB widens the scale of a product; NUMERIC has nine digits.
  if (type.kind !== 'NUMERIC' || result === undefined) return result;
  return { ...result, sql: `CAST(${result.sql} AS DECIMAL(38,9))` };
}

function numericType(left: Typed, right: Typed): SqlType | undefined {
  const type = commonType([left, right]);
  if (type?.kind === 'NULL') return INT64;
  return type !== undefined && ['INT64', 'FLOAT64', 'NUMERIC'].includes(type.kind)
    ? type
    : undefined;
}

function divide(left: Typed, right: Typed, at: number, context: Context): Typed | undefined {
  const type = numericType(left, right);
  if (type?.kind === 'NUMERIC') refuse(context, 'Operator', '/ of NUMERIC', at);
  return type === undefined ? undefined : floatDivide(left, right);
}

function floatDivide(left: Typed, right: Typed): Typed | undefined {
  const [a, b] = [coerce(left, FLOAT64), coerce(right, FLOAT64)];
  if (a === undefined || b === undefined) return undefined;
  // Of a divisor of 1 or more nothing overflows.
  const isSafe = right.literal !== undefined && 1 <= Math.abs(Number(right.literal));
  return { sql: isSafe ? `(${a.sql} / ${b.sql})` : `bq_divide(${a.sql}, ${b.sql})`, type: FLOAT64 };
}

function concatenate(left: Typed, right: Typed): Typed | undefined {
  const type = commonType([left, right]);
  if (type === undefined) return undefined;
  const isText = type.kind === 'STRING' || type.kind === 'BYTES' || type.kind === 'NULL';
  if (isText) return typedBinary('||', left, right, type.kind === 'BYTES' ? BYTES : STRING);
  // DuckDB takes a NULL list for an empty one; GoogleSQL gives NULL.
  if (type.kind === 'ARRAY')
    return {
      sql: `bq_concat_arrays(${coerce(left, type)?.sql}, ${coerce(right, type)?.sql})`,
      type,
    };
  return undefined;
}

function bitwise(op: string, left: Typed, right: Typed): Typed | undefined {
  const [a, b] = [coerce(left, INT64), coerce(right, INT64)];
  if (a === undefined || b === undefined) return undefined;
  switch (op) {
    case '&':
    case '|':
      return { sql: `(${a.sql} ${op} ${b.sql})`, type: INT64 };
    case '^':
      return { sql: `xor(${a.sql}, ${b.sql})`, type: INT64 };
    case '<<':
      return { sql: `bq_shift_left(${a.sql}, ${b.sql})`, type: INT64 };
    default:
      return { sql: `bq_shift_right(${a.sql}, ${b.sql})`, type: INT64 };
  }
}

/** DATE ± days, and date or time ± INTERVAL. */
function temporalSum(op: '+' | '-', left: Typed, right: Typed): Typed | undefined {
  const [a, b] = op === '+' && left.type.kind === 'INTERVAL' ? [right, left] : [left, right];
  if (a.type.kind === 'DATE' && b.type.kind === 'INT64') {
    return { sql: `CAST(${a.sql} ${op} to_days(CAST(${b.sql} AS INTEGER)) AS DATE)`, type: DATE };
  }
  if (b.type.kind !== 'INTERVAL') return undefined;
  if (a.type.kind === 'TIMESTAMP') {
    const isCalendar = b.interval !== undefined && /^(MONTH|QUARTER|YEAR)$/.test(b.interval.unit);
    return isCalendar ? undefined : { sql: `(${a.sql} ${op} ${b.sql})`, type: a.type };
  }
  if (a.type.kind === 'DATETIME' || a.type.kind === 'DATE') {
    return { sql: `(CAST(${a.sql} AS TIMESTAMP) ${op} ${b.sql})`, type: DATETIME };
  }
  return undefined;
}
