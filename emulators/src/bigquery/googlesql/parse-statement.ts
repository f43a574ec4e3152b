import { type Cursor, openCursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import { parseDefinition } from './parse-definition.ts';
import { parseExpression } from './parse-expression.ts';
import { parseAlias, parseFrom, parseQuery, parseTablePath } from './parse-query.ts';
import { parseScripting } from './parse-script.ts';
import type { AnyStatement, Assignment, MergeClause, Statement } from './statement-syntax.ts';
import type { Expression } from './syntax.ts';

const GRAMMAR = { query: parseQuery, expression: parseExpression, statements: parseStatements };

/** Every statement of a script, in order. Throws BigQuery's syntax error, or a refusal by name. */
export function parseScript(text: string): Statement[] {
  const cursor = openCursor(text, GRAMMAR);
  const statements = parseStatements(cursor, []);
  if (cursor.peek().kind !== 'end') cursor.fail('Expected end of input but got');
  if (statements.length === 0) cursor.fail('Unexpected');
  return statements;
}

/** One query, as the text of a view is. */
export function parseQueryText(text: string): Extract<Statement, { kind: 'query' }>['query'] {
  const cursor = openCursor(text, GRAMMAR);
  const query = parseQuery(cursor);
  cursor.take(';');
  if (cursor.peek().kind !== 'end') cursor.fail('Expected end of input but got');
  return query;
}

function parseStatements(cursor: Cursor, until: readonly string[]): Statement[] {
  const statements: Statement[] = [];
  while (cursor.peek().kind !== 'end' && !until.some((word) => cursor.at(word))) {
    if (cursor.take(';')) continue;
    if (cursor.at('DECLARE') && statements.some((each) => each.kind !== 'declare'))
      cursor.fail('Variable declarations are allowed only at the start of a block or script; got');
    const statement = parseStatement(cursor);
    statements.push({ ...statement, end: cursor.peek(-1).end });
    if (cursor.peek().kind === 'end' || until.some((word) => cursor.at(word))) break;
    if (!cursor.at(';')) cursor.fail('Expected end of input but got');
  }
  return statements;
}

function parseStatement(cursor: Cursor): AnyStatement {
  const { at, upper } = cursor.peek();
  switch (upper) {
    case 'SELECT':
    case 'WITH':
    case '(':
      return { kind: 'query', query: parseQuery(cursor), at };
    case 'INSERT':
      return parseInsert(cursor);
    case 'UPDATE':
      return parseUpdate(cursor);
    case 'DELETE':
      return parseDelete(cursor);
    case 'MERGE':
      return parseMerge(cursor);
    case 'TRUNCATE':
      cursor.expect('TRUNCATE', 'TABLE');
      return { kind: 'truncate', table: parseTablePath(cursor), at };
    case 'CREATE':
    case 'DROP':
    case 'ALTER':
      return parseDefinition(cursor);
    default:
      if (/^(FROM|EXPORT|LOAD|GRANT|REVOKE|UNDROP)$/.test(upper))
        return cursor.refuse('Statement', upper);
      return parseScripting(cursor) ?? cursor.fail();
  }
}

function parseInsert(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  cursor.take('INTO');
  const table = parseTablePath(cursor);
  const columns = parseColumnNames(cursor);
  if (!cursor.take('VALUES')) {
    return { kind: 'insert', table, columns, rows: null, query: parseQuery(cursor), at };
  }
  const rows = parseList(cursor, (each) => {
    each.expect('(');
    const values = parseList(each, parseValue);
    each.expect(')');
    return values;
  });
  return { kind: 'insert', table, columns, rows, query: null, at };
}

function parseColumnNames(cursor: Cursor): string[] {
  // `INSERT t (SELECT …)` has a query, not names, in the brackets.
  if (!cursor.at('(') || ['SELECT', 'WITH', '('].includes(cursor.peek(1).upper)) return [];
  cursor.expect('(');
  const names = parseList(cursor, (each) => each.identifier('column'));
  cursor.expect(')');
  return names;
}

function parseValue(cursor: Cursor): Expression | 'DEFAULT' {
  return cursor.take('DEFAULT') ? 'DEFAULT' : parseExpression(cursor);
}

function parseUpdate(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  const table = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  cursor.expect('SET');
  const set = parseList(cursor, parseAssignment);
  const from = cursor.take('FROM') ? parseFrom(cursor) : null;
  const where = parseRequiredWhere(cursor, 'UPDATE');
  return { kind: 'update', table, alias, set, from, where, at };
}

function parseAssignment(cursor: Cursor): Assignment {
  const at = cursor.peek().at;
  let column = cursor.identifier('column');
  // `T.v = …` names the target's column; a field of a struct cannot be told from it here.
  while (cursor.take('.')) column = `${column}.${cursor.next().value}`;
  cursor.expect('=');
  return { column, value: parseValue(cursor), at };
}

function parseDelete(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  cursor.take('FROM');
  const table = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  return { kind: 'delete', table, alias, where: parseRequiredWhere(cursor, 'DELETE'), at };
}

function parseRequiredWhere(cursor: Cursor, verb: string): Expression {
  if (!cursor.take('WHERE')) cursor.fail(`${verb} must have a WHERE clause; got`);
  return parseExpression(cursor);
}

function parseMerge(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  cursor.take('INTO');
  const table = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  cursor.expect('USING');
  const source = parseFrom(cursor);
  cursor.expect('ON');
  const on = parseExpression(cursor);
  const clauses: MergeClause[] = [];
  while (cursor.at('WHEN')) clauses.push(parseMergeClause(cursor));
  if (clauses.length === 0) cursor.fail('Expected keyword WHEN but got');
  return { kind: 'merge', table, alias, source, on, clauses, at };
}

function parseMergeClause(cursor: Cursor): MergeClause {
  const at = cursor.next().at;
  const not = cursor.take('NOT');
  cursor.expect('MATCHED');
  const bySource = not && cursor.take('BY', 'SOURCE');
  if (not && !bySource && cursor.take('BY')) cursor.expect('TARGET');
  const when = bySource ? 'NOT MATCHED BY SOURCE' : not ? 'NOT MATCHED' : 'MATCHED';
  const and = cursor.take('AND') ? parseExpression(cursor) : null;
  cursor.expect('THEN');
  if (when === 'NOT MATCHED') {
    cursor.expect('INSERT');
    const columns = parseColumnNames(cursor);
    if (cursor.take('ROW'))
      return { when, and, action: { kind: 'insert', columns, values: 'ROW' }, at };
    cursor.expect('VALUES', '(');
    const values = parseList(cursor, parseValue);
    cursor.expect(')');
    return { when, and, action: { kind: 'insert', columns, values }, at };
  }
  if (cursor.take('DELETE')) return { when, and, action: { kind: 'delete' }, at };
  cursor.expect('UPDATE', 'SET');
  return { when, and, action: { kind: 'update', set: parseList(cursor, parseAssignment) }, at };
}

/** One expression, as the text of a column's default is. */
export function parseExpressionText(text: string): Expression {
  const cursor = openCursor(text, GRAMMAR);
  const expression = parseExpression(cursor);
  if (cursor.peek().kind !== 'end') cursor.fail('Expected end of input but got');
  return expression;
}
