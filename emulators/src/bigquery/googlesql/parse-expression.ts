import { type Cursor, RESERVED } from './cursor.ts';
import { parseCall, parseList } from './parse-call.ts';
import { parseCase, parseCast, parseExtract } from './parse-keyword.ts';
import { parseType } from './parse-type.ts';
import type { BinaryOperator, Expression, IndexMode, NamedExpression } from './syntax.ts';

/**
 * An expression, by precedence climbing.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#operator_precedence
 */
export function parseExpression(cursor: Cursor): Expression {
  return parseOr(cursor);
}

function parseOr(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.at('OR')) {
    const at = cursor.next().at;
    left = { kind: 'binary', op: 'OR', left, right: parseAnd(cursor), at };
  }
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  while (cursor.at('AND')) {
    const at = cursor.next().at;
    left = { kind: 'binary', op: 'AND', left, right: parseNot(cursor), at };
  }
  return left;
}

function parseNot(cursor: Cursor): Expression {
  const at = cursor.peek().at;
  if (cursor.take('NOT')) return { kind: 'unary', op: 'NOT', arg: parseNot(cursor), at };
  return parseComparison(cursor);
}

const COMPARISONS: Readonly<Record<string, BinaryOperator>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

function parseComparison(cursor: Cursor): Expression {
  const left = parseBinary(cursor, 0);
  const token = cursor.peek();
  const at = token.at;
  const op = token.kind === 'op' ? COMPARISONS[token.text] : undefined;
  if (op !== undefined) {
    cursor.next();
    const right = parseBinary(cursor, 0);
    const follow = cursor.peek();
    if (follow.kind === 'op' && COMPARISONS[follow.text] !== undefined) cursor.fail();
    return { kind: 'binary', op, left, right, at };
  }
  if (cursor.take('IS')) {
    const not = cursor.take('NOT');
    if (cursor.take('DISTINCT')) {
      cursor.expect('FROM');
      return { kind: 'distinctFrom', left, right: parseBinary(cursor, 0), not, at };
    }
    for (const what of ['NULL', 'TRUE', 'FALSE'] as const) {
      if (cursor.take(what)) return { kind: 'is', arg: left, what, not, at };
    }
    if (cursor.take('UNKNOWN')) return { kind: 'is', arg: left, what: 'NULL', not, at };
    cursor.fail();
  }
  const negatable = cursor.at('NOT') && ['IN', 'LIKE', 'BETWEEN'].includes(cursor.peek(1).upper);
  const not = negatable && cursor.take('NOT');
  if (cursor.take('BETWEEN')) {
    const low = parseBinary(cursor, 0);
    cursor.expect('AND');
    return { kind: 'between', arg: left, low, high: parseBinary(cursor, 0), not, at };
  }
  if (cursor.take('LIKE')) {
    for (const quantifier of ['ANY', 'ALL', 'SOME']) {
      if (cursor.at(quantifier)) cursor.refuse('Operator', `LIKE ${quantifier}`);
    }
    return { kind: 'like', arg: left, pattern: parseBinary(cursor, 0), not, at };
  }
  if (cursor.take('IN')) return { kind: 'in', arg: left, among: parseAmong(cursor), not, at };
  return left;
}

function parseAmong(cursor: Cursor): Extract<Expression, { kind: 'in' }>['among'] {
  if (cursor.take('UNNEST')) {
    cursor.expect('(');
    const array = parseExpression(cursor);
    cursor.expect(')');
    return { kind: 'unnest', array };
  }
  cursor.expect('(');
  if (cursor.at('SELECT') || cursor.at('WITH')) {
    const query = cursor.query(cursor);
    cursor.expect(')');
    return { kind: 'query', query };
  }
  const items = parseList(cursor, parseExpression);
  cursor.expect(')');
  return { kind: 'list', items };
}

/** Loosest first. `||` binds as `*` does. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '||'],
];

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  while (true) {
    const token = cursor.peek();
    const op = operators.find((each) => token.kind === 'op' && each === token.text);
    if (op === undefined) return left;
    cursor.next();
    left = { kind: 'binary', op, left, right: parseBinary(cursor, level + 1), at: token.at };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.kind === 'op' && (token.text === '-' || token.text === '+' || token.text === '~')) {
    cursor.next();
    const arg = parseUnary(cursor);
    if (token.text === '-' && arg.kind === 'int' && !arg.value.startsWith('-')) {
      return { ...arg, value: `-${arg.value}`, at: token.at };
    }
    return { kind: 'unary', op: token.text, arg, at: token.at };
  }
  return parsePostfix(cursor, parsePrimary(cursor));
}

const INDEX_MODES: readonly IndexMode[] = ['OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL'];

function parsePostfix(cursor: Cursor, start: Expression): Expression {
  let base = start;
  while (true) {
    const at = cursor.peek().at;
    if (cursor.at('.') && cursor.peek(1).kind !== 'op') {
      cursor.next();
      const name = cursor.next();
      base =
        base.kind === 'path'
          ? { ...base, parts: [...base.parts, name.value] }
          : { kind: 'field', base, name: name.value, at };
    } else if (cursor.take('[')) {
      const mode = INDEX_MODES.find((each) => cursor.at(each, '('));
      if (mode === undefined) {
        base = { kind: 'index', base, mode: 'KEY', index: parseExpression(cursor), at };
      } else {
        cursor.expect(mode, '(');
        base = { kind: 'index', base, mode, index: parseExpression(cursor), at };
        cursor.expect(')');
      }
      cursor.expect(']');
    } else return base;
  }
}

const TYPED_LITERALS = new Set([
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
  'NUMERIC',
  'DECIMAL',
  'BIGNUMERIC',
  'RANGE',
  'JSON',
]);

/** Those that a script can read. */
const SYSTEM_VARIABLES: ReadonlySet<string> = new Set([
  '@@error.message',
  '@@error.statement_text',
  '@@project_id',
  '@@row_count',
]);

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const { at } = token;
  switch (token.kind) {
    case 'int':
    case 'float':
    case 'bytes':
      cursor.next();
      return { kind: token.kind, value: token.value, at };
    case 'string': {
      cursor.next();
      return { kind: 'string', value: token.value, at };
    }
    case 'parameter':
      cursor.next();
      if (token.text.startsWith('@@') && !SYSTEM_VARIABLES.has(token.text.toLowerCase()))
        cursor.refuse('System variable', token.text);
      return {
        kind: 'parameter',
        name: token.text === '?' ? cursor.positional() : token.value,
        at,
      };
    case 'quoted':
      return parsePath(cursor);
    case 'op':
      if (token.text === '(') return parseParenthesis(cursor);
      if (token.text === '[') return parseArray(cursor, null, at);
      return cursor.fail();
    case 'end':
      return cursor.fail();
    case 'name':
      return parseNamed(cursor);
  }
}

function parseNamed(cursor: Cursor): Expression {
  const token = cursor.peek();
  const { at, upper } = token;
  if (TYPED_LITERALS.has(upper) && cursor.peek(1).kind === 'string') {
    if (upper === 'BIGNUMERIC' || upper === 'RANGE') cursor.refuse('Type', upper);
    cursor.next();
    const type = upper === 'DECIMAL' ? 'NUMERIC' : upper;
    return { kind: 'typed', type, value: cursor.next().value, at };
  }
  switch (upper) {
    case 'NULL':
      cursor.next();
      return { kind: 'null', at };
    case 'TRUE':
    case 'FALSE':
      cursor.next();
      return { kind: 'bool', value: upper === 'TRUE', at };
    case 'CASE':
      return parseCase(cursor);
    case 'CAST':
    case 'SAFE_CAST':
      if (cursor.peek(1).text !== '(') break;
      return parseCast(cursor, upper === 'SAFE_CAST');
    case 'EXTRACT':
      return parseExtract(cursor);
    case 'INTERVAL':
      return parseInterval(cursor);
    case 'EXISTS': {
      cursor.expect('EXISTS', '(');
      const query = cursor.query(cursor);
      cursor.expect(')');
      return { kind: 'exists', query, at };
    }
    case 'ARRAY':
      cursor.next();
      if (cursor.take('(')) {
        const query = cursor.query(cursor);
        cursor.expect(')');
        return { kind: 'arrayQuery', query, at };
      }
      if (cursor.at('[')) return parseArray(cursor, null, at);
      cursor.rewind(cursor.mark() - 1);
      {
        const type = parseType(cursor);
        return parseArray(cursor, type.kind === 'array' ? type.element : null, at);
      }
    case 'STRUCT': {
      const type = parseType(cursor);
      const fields = type.kind === 'struct' && 0 < type.fields.length ? type : null;
      cursor.expect('(');
      const items = cursor.at(')') ? [] : parseList(cursor, parseNamedExpression);
      cursor.expect(')');
      return { kind: 'struct', fields, items, at };
    }
    default:
  }
  const isCallable =
    ['IF', 'LEFT', 'RIGHT', 'GROUPING'].includes(upper) && cursor.peek(1).text === '(';
  if (upper === 'COLLATE' && cursor.peek(1).text === '(') cursor.refuse('Function', upper);
  if (RESERVED.has(upper) && !isCallable) cursor.fail();
  return parsePath(cursor);
}

/** A name, or a call where `(` ends it: the fields after a name are parsed elsewhere. */
function parsePath(cursor: Cursor): Expression {
  const { at, value } = cursor.next();
  const parts = [value];
  while (cursor.at('.') && isCallAhead(cursor)) {
    cursor.next();
    parts.push(cursor.next().value);
  }
  // `project.dataset.f` may stand in one pair of backticks.
  if (cursor.at('('))
    return parseCall(
      cursor,
      parts.flatMap((part) => part.split('.')),
      at,
    );
  return { kind: 'path', parts, at };
}

/** True if the dotted name that starts here ends in `(`: `SAFE.PARSE_DATE(`, `NET.HOST(`. */
function isCallAhead(cursor: Cursor): boolean {
  let ahead = 0;
  while (
    cursor.peek(ahead).text === '.' &&
    ['name', 'quoted'].includes(cursor.peek(ahead + 1).kind)
  )
    ahead += 2;
  return 0 < ahead && cursor.peek(ahead).text === '(';
}

function parseParenthesis(cursor: Cursor): Expression {
  const at = cursor.next().at;
  if (cursor.at('SELECT') || cursor.at('WITH') || isNestedQuery(cursor)) {
    const query = cursor.query(cursor);
    cursor.expect(')');
    return { kind: 'subquery', query, at };
  }
  const first = parseExpression(cursor);
  if (!cursor.at(',')) {
    cursor.expect(')');
    return first;
  }
  const items = [first];
  while (cursor.take(',')) items.push(parseExpression(cursor));
  cursor.expect(')');
  return {
    kind: 'struct',
    fields: null,
    items: items.map((expression) => ({ expression, name: null })),
    at,
  };
}

/** `((SELECT …) UNION ALL …)`: look past the opening brackets. */
function isNestedQuery(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).text === '(') ahead += 1;
  if (ahead === 0 || !['SELECT', 'WITH'].includes(cursor.peek(ahead).upper)) return false;
  let depth = 1;
  let index = ahead;
  while (0 < depth && cursor.peek(index).kind !== 'end') {
    const { text } = cursor.peek(index);
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    index += 1;
  }
  return ['UNION', 'INTERSECT', 'EXCEPT'].includes(cursor.peek(index).upper);
}

function parseArray(
  cursor: Cursor,
  element: Extract<Expression, { kind: 'array' }>['element'],
  at: number,
): Expression {
  cursor.expect('[');
  const items = cursor.at(']') ? [] : parseList(cursor, parseExpression);
  cursor.expect(']');
  return { kind: 'array', element, items, at };
}

function parseNamedExpression(cursor: Cursor): NamedExpression {
  const expression = parseExpression(cursor);
  return { expression, name: cursor.take('AS') ? cursor.identifier('alias') : null };
}

function parseInterval(cursor: Cursor): Expression {
  const at = cursor.next().at;
  const amount = parseBinary(cursor, 0);
  const unit = cursor.identifier('date part').toUpperCase();
  if (cursor.take('TO')) return cursor.refuse('Interval', `${unit} TO ${cursor.peek().upper}`);
  return { kind: 'interval', amount, unit, at };
}
