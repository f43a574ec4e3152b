import type { Context } from './context.ts';
import type { Column, Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import type { Typed } from './typed.ts';

/**
 * What `build` makes of the inputs, each of them evaluated first: GoogleSQL evaluates all inputs of a
 * function before it calls it. DuckDB would drop a call that has a constant NULL, and its TRY catches
 * what fails in the inputs too; so inputs that can fail are handed in by a lambda. `duck` is put
 * around the call, as `TRY`.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/conditional_expressions
 */
export function evaluateFirst(
  inputs: readonly Expression[],
  scope: Scope,
  context: Context,
  duck: 'TRY' | '',
  build: (inputs: readonly Expression[], scope: Scope) => Typed,
): Typed {
  const name = context.alias();
  const columns: Column[] = [];
  const given: string[] = [];
  const own = inputs.map((input): Expression => {
    if (isCertain(input)) return input;
    const { sql, type } = context.translateExpression(input, scope, context);
    const column = `a${columns.length + 1}`;
    given.push(`${column} := ${type.kind === 'NULL' ? 'CAST(NULL AS BIGINT)' : sql}`);
    columns.push({ name: `${name}_${column}`, type, sql: `${name}.${column}` });
    return { kind: 'path', parts: [`${name}_${column}`], at: input.at };
  });
  if (columns.length === 0) {
    const { sql, type } = build(own, scope);
    return { sql: `${duck}(${sql})`, type };
  }
  const { sql, type } = build(own, { ranges: [], visible: columns, parent: scope });
  const lambda = `lambda ${name}: ${duck}(${sql})`;
  return { sql: `list_transform([struct_pack(${given.join(', ')})], ${lambda})[1]`, type };
}

/** What `build` makes of the inputs of a function that needs them all. */
export function strictly(
  inputs: readonly Expression[],
  scope: Scope,
  context: Context,
  build: (inputs: readonly Expression[], scope: Scope) => Typed,
): Typed {
  return hidesFailure(inputs)
    ? evaluateFirst(inputs, scope, context, '', build)
    : build(inputs, scope);
}

/** True where DuckDB would not look at an input that can fail, because another is a constant NULL. */
function hidesFailure(inputs: readonly Expression[]): boolean {
  const isNull = inputs.map((input) => isConstant(input) && mayBeNull(input));
  return isNull.some(
    (each, index) => each && inputs.some((input, other) => other !== index && !isCertain(input)),
  );
}

/** True for an expression that cannot fail when it runs. */
function isCertain(expression: Expression): boolean {
  switch (expression.kind) {
    case 'null':
    case 'bool':
    case 'int':
    case 'float':
    case 'string':
    case 'bytes':
    case 'typed':
    case 'interval':
    case 'parameter':
    case 'path':
      return true;
    case 'unary':
      return expression.arg.kind === 'int' || expression.arg.kind === 'float';
    case 'call':
      return NEVER_FAIL.has(expression.name) && expression.args.every(isCertain);
    default:
      return false;
  }
}

const NEVER_FAIL: ReadonlySet<string> = new Set([
  'JSON_VALUE',
  'JSON_EXTRACT_SCALAR',
  'REGEXP_EXTRACT',
  'REGEXP_REPLACE',
  'REPLACE',
  'TRIM',
  'LTRIM',
  'RTRIM',
  'LOWER',
  'UPPER',
  'CONCAT',
  'SPLIT',
]);

/** True for what names no column, so that DuckDB folds it before the query runs. */
export function isConstant(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return true;
  const { kind, parts = [] } = node as { kind?: string; parts?: readonly string[] };
  // A bare name may be a part of a date.
  if (kind === 'path') return parts.length === 1 && PART.test(parts[0] ?? '');
  if (kind === 'select') return false;
  return Object.values(node).every(isConstant);
}

const PART =
  /^(?:MICROSECOND|MILLISECOND|SECOND|MINUTE|HOUR|DAY|WEEK(?:\(\w+\))?|ISOWEEK|MONTH|QUARTER|YEAR|ISOYEAR)$/i;

function mayBeNull(expression: Expression): boolean {
  switch (expression.kind) {
    case 'null':
    case 'index':
    case 'field':
      return true;
    case 'cast':
      return expression.safe || mayBeNull(expression.arg);
    case 'unary':
    case 'extract':
      return mayBeNull(expression.arg);
    case 'interval':
      return mayBeNull(expression.amount);
    case 'binary':
      return mayBeNull(expression.left) || mayBeNull(expression.right);
    case 'between':
    case 'in':
    case 'like':
    case 'case':
      return true;
    case 'call':
      // A filter on a time must stay the constant that it is.
      return expression.safe || !OF_TIME.test(expression.name) || expression.args.some(mayBeNull);
    default:
      return false;
  }
}

const OF_TIME = /^(?:CURRENT_|TIMESTAMP|DATE|TIME|UNIX_|FORMAT_|PARSE_)/;
