import type { Cursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseAlias, parseQuery, parseTablePath } from './parse-query.ts';
import { parseType } from './parse-type.ts';
import type { AnyStatement, Branch, Statement } from './statement-syntax.ts';
import type { Expression } from './syntax.ts';

/**
 * A statement of a script; undefined where none begins here.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language
 */
export function parseScripting(cursor: Cursor): AnyStatement | undefined {
  const { at } = cursor.peek();
  const label = cursor.peek(1).text === ':' ? parseLabel(cursor) : null;
  const { upper, kind } = cursor.peek();
  const parse = STATEMENTS[upper];
  if (kind !== 'name' || parse === undefined) return undefined;
  cursor.next();
  const isLoop = LOOPS.has(upper);
  if (!isLoop && label === null) return parse(cursor, at);
  cursor.around.push({ label: label?.toLowerCase() ?? null, isLoop });
  const statement = parse(cursor, at);
  cursor.around.pop();
  if (label !== null && cursor.peek().kind === 'name' && cursor.identifier('label') !== label)
    cursor.fail(`Mismatched end label; expected ${label}, before`);
  return { ...statement, label: label?.toLowerCase() ?? null } as AnyStatement;
}

const LOOPS: ReadonlySet<string> = new Set(['LOOP', 'WHILE', 'REPEAT', 'FOR']);

/** `name:` before a loop or a block. */
function parseLabel(cursor: Cursor): string {
  const label = cursor.identifier('label');
  cursor.expect(':');
  const isTaken = cursor.around.some((each) => each.label === label.toLowerCase());
  if (isTaken) cursor.fail(`Label ${label} is taken by a block around this one; got`);
  if (!LOOPS.has(cursor.peek().upper) && !cursor.at('BEGIN'))
    cursor.fail('Expected keyword BEGIN, FOR, LOOP, REPEAT or WHILE but got');
  return label;
}

const STATEMENTS: Readonly<Record<string, (cursor: Cursor, at: number) => AnyStatement>> = {
  BEGIN: parseBegin,
  COMMIT: (cursor, at) => parseTransactionEnd(cursor, 'COMMIT', at),
  ROLLBACK: (cursor, at) => parseTransactionEnd(cursor, 'ROLLBACK', at),
  DECLARE: parseDeclare,
  SET: parseSet,
  IF: parseIf,
  CASE: parseCase,
  WHILE: (cursor, at) => {
    const condition = parseExpression(cursor);
    cursor.expect('DO');
    return { kind: 'while', condition, body: parseBody(cursor, 'WHILE'), label: null, at };
  },
  LOOP: (cursor, at) => ({ kind: 'loop', body: parseBody(cursor, 'LOOP'), label: null, at }),
  REPEAT: (cursor, at) => {
    const body = cursor.statements(cursor, ['UNTIL']);
    cursor.expect('UNTIL');
    const until = parseExpression(cursor);
    cursor.expect('END', 'REPEAT');
    return { kind: 'repeat', body, until, label: null, at };
  },
  FOR: (cursor, at) => {
    const variable = cursor.identifier('variable');
    cursor.expect('IN', '(');
    const query = parseQuery(cursor);
    cursor.expect(')', 'DO');
    return { kind: 'for', variable, query, body: parseBody(cursor, 'FOR'), label: null, at };
  },
  BREAK: (cursor, at) => parseJump(cursor, 'break', at),
  LEAVE: (cursor, at) => parseJump(cursor, 'break', at),
  CONTINUE: (cursor, at) => parseJump(cursor, 'continue', at),
  ITERATE: (cursor, at) => parseJump(cursor, 'continue', at),
  RETURN: (_, at) => ({ kind: 'jump', to: 'return', label: null, at }),
  RAISE: (cursor, at) => {
    if (!cursor.take('USING')) return { kind: 'raise', message: null, at };
    cursor.expect('MESSAGE', '=');
    return { kind: 'raise', message: parseExpression(cursor), at };
  },
  ASSERT: (cursor, at) => {
    const condition = parseExpression(cursor);
    if (!cursor.take('AS')) return { kind: 'assert', condition, message: null, at };
    if (cursor.peek().kind !== 'string') cursor.fail('Expected string literal but got');
    return { kind: 'assert', condition, message: cursor.next().value, at };
  },
  CALL: (cursor, at) => {
    const path = parseTablePath(cursor);
    cursor.expect('(');
    const args = cursor.at(')') ? [] : parseList(cursor, parseExpression);
    cursor.expect(')');
    return { kind: 'call', path, args, at };
  },
  EXECUTE: parseExecute,
};

function parseBegin(cursor: Cursor, at: number): AnyStatement {
  if (cursor.take('TRANSACTION') || cursor.at(';') || cursor.peek().kind === 'end')
    return { kind: 'transaction', verb: 'BEGIN', at };
  const body = cursor.statements(cursor, ['END', 'EXCEPTION']);
  let handler: Statement[] | null = null;
  if (cursor.take('EXCEPTION')) {
    cursor.expect('WHEN', 'ERROR', 'THEN');
    handler = cursor.statements(cursor, ['END']);
  }
  cursor.expect('END');
  return { kind: 'block', body, handler, label: null, at };
}

function parseTransactionEnd(
  cursor: Cursor,
  verb: 'COMMIT' | 'ROLLBACK',
  at: number,
): AnyStatement {
  cursor.take('TRANSACTION');
  return { kind: 'transaction', verb, at };
}

function parseDeclare(cursor: Cursor, at: number): AnyStatement {
  const names = parseList(cursor, (each) => each.identifier('variable'));
  const type = cursor.at('DEFAULT') ? null : parseType(cursor);
  const value = cursor.take('DEFAULT') ? parseExpression(cursor) : null;
  if (type === null && value === null) cursor.fail('Expected a type or keyword DEFAULT but got');
  return { kind: 'declare', names, type, value, at };
}

function parseSet(cursor: Cursor, at: number): AnyStatement {
  if (cursor.peek().kind === 'parameter') cursor.refuse('Statement', `SET ${cursor.peek().text}`);
  const isTuple = cursor.take('(');
  const names = isTuple
    ? parseList(cursor, (each) => each.identifier('variable'))
    : [cursor.identifier('variable')];
  if (isTuple) cursor.expect(')');
  cursor.expect('=');
  return { kind: 'set', names, value: parseExpression(cursor), at };
}

function parseIf(cursor: Cursor, at: number): AnyStatement {
  const branches: Branch[] = [];
  do {
    const condition = parseExpression(cursor);
    cursor.expect('THEN');
    branches.push({ condition, body: cursor.statements(cursor, ['ELSEIF', 'ELSE', 'END']) });
  } while (cursor.take('ELSEIF'));
  const otherwise = cursor.take('ELSE') ? cursor.statements(cursor, ['END']) : [];
  cursor.expect('END', 'IF');
  return { kind: 'if', branches, otherwise, at };
}

/** CASE … END CASE is an IF; with an operand, one of equalities. */
function parseCase(cursor: Cursor, at: number): AnyStatement {
  const operand = cursor.at('WHEN') ? null : parseExpression(cursor);
  const branches: Branch[] = [];
  while (cursor.at('WHEN')) {
    const whenAt = cursor.next().at;
    const when = parseExpression(cursor);
    const condition: Expression =
      operand === null ? when : { kind: 'binary', op: '=', left: operand, right: when, at: whenAt };
    cursor.expect('THEN');
    branches.push({ condition, body: cursor.statements(cursor, ['WHEN', 'ELSE', 'END']) });
  }
  if (branches.length === 0) cursor.fail('Expected keyword WHEN but got');
  const otherwise = cursor.take('ELSE') ? cursor.statements(cursor, ['END']) : [];
  cursor.expect('END', 'CASE');
  return { kind: 'if', branches, otherwise, at };
}

function parseBody(cursor: Cursor, what: string): Statement[] {
  const body = cursor.statements(cursor, ['END']);
  cursor.expect('END', what);
  return body;
}

function parseJump(cursor: Cursor, to: 'break' | 'continue', at: number): AnyStatement {
  const word = cursor.peek(-1).upper;
  const name = cursor.peek().kind === 'name' && !isEnd(cursor) ? cursor.identifier('label') : null;
  const label = name?.toLowerCase() ?? null;
  const target = cursor.around.findLast((each) =>
    label === null ? each.isLoop : each.label === label,
  );
  if (target === undefined)
    cursor.fail(
      label === null
        ? `${word} without a label is only allowed inside of a loop body; before`
        : `${word} to a label that is not around it: ${name}; before`,
    );
  if (to === 'continue' && !target.isLoop)
    cursor.fail(`${word} to a label that is no loop; before`);
  return { kind: 'jump', to, label, at };
}

/** What may follow a statement without a semicolon. */
function isEnd(cursor: Cursor): boolean {
  return ['END', 'ELSE', 'ELSEIF', 'WHEN', 'UNTIL', 'EXCEPTION'].some((word) => cursor.at(word));
}

function parseExecute(cursor: Cursor, at: number): AnyStatement {
  cursor.expect('IMMEDIATE');
  const sql = parseExpression(cursor);
  const into = cursor.take('INTO') ? parseList(cursor, (each) => each.identifier('variable')) : [];
  const using = cursor.take('USING')
    ? parseList(cursor, (each) => ({ value: parseExpression(each), name: parseAlias(each) }))
    : [];
  return { kind: 'execute', sql, into, using, at };
}
