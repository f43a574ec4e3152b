import { roundedNumeric } from '../exact-numeric.ts';
import { normalJson } from '../json-text.ts';
import { type Context, fail, refuse } from './context.ts';
import type { Expression } from './syntax.ts';
import { type Typed, temporalLiteral } from './typed.ts';
import { INT64, JSON_TYPE, NUMERIC, STRING, text } from './types.ts';

export function intLiteral(value: string, at: number, context: Context): Typed {
  const number =
    BigInt(value.startsWith('-') ? value.slice(1) : value) * (value.startsWith('-') ? -1n : 1n);
  if (BigInt.asIntN(64, number) !== number) fail(context, `Invalid integer literal: ${value}`, at);
  // DuckDB negates after the cast, and -(2^63) does not fit before it.
  const sql =
    number === -(2n ** 63n) ? '(-9223372036854775807::BIGINT - 1)' : `(${number})::BIGINT`;
  return { sql: number < 0n ? sql : `${number}::BIGINT`, type: INT64, literal: String(number) };
}

export function stringLiteral(value: string, at: number, context: Context): Typed {
  if (/[\0\uE000\uE001]/.test(value))
    refuse(context, 'Literal', 'string with a NUL or private-use character', at);
  return { sql: text(value), type: STRING, literal: value };
}

export function typedLiteral(
  expression: Extract<Expression, { kind: 'typed' }>,
  context: Context,
): Typed {
  const { type, value, at } = expression;
  if (type === 'NUMERIC') {
    const number = /^\s*[+-]?(?:\d+\.?|\d*\.(\d+))(?:[eE]([+-]?\d+))?\s*$/.exec(value);
    const decimals = (number?.[1] ?? '').replace(/0+$/, '').length - Number(number?.[2] ?? 0);
    if (number === null || 9 < decimals)
      fail(context, `Invalid NUMERIC literal: ${JSON.stringify(value)}`, at);
    return { sql: `CAST(${text(roundedNumeric(value))} AS DECIMAL(38,9))`, type: NUMERIC };
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

export function parameter(
  expression: Extract<Expression, { kind: 'parameter' }>,
  context: Context,
): Typed {
  const type = context.parameters.get(expression.name.toLowerCase());
  if (type === undefined && expression.name.startsWith('@'))
    refuse(context, 'System variable outside a script', `@${expression.name}`, expression.at);
  if (type === undefined)
    fail(context, `Query parameter '${expression.name}' not found`, expression.at);
  return { sql: placeholder(expression.name), type, isParameter: true };
}

/** Stands for a parameter in cached text, until `fillIn` puts the value there. */
export function placeholder(name: string): string {
  return `\uE000${name.toLowerCase()}\uE001`;
}
