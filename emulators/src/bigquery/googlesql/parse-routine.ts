import type { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseOptions } from './parse-options.ts';
import { parseQuery, parseTablePath } from './parse-query.ts';
import { parseType } from './parse-type.ts';
import type { Options, RoutineDefinition } from './statement-syntax.ts';
import type { TypeSyntax } from './syntax.ts';

type Given = Pick<RoutineDefinition, 'what' | 'isTemporary' | 'orReplace' | 'at'>;

/**
 * What follows CREATE FUNCTION, CREATE TABLE FUNCTION and CREATE PROCEDURE.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_function_statement
 */
export function parseRoutine(cursor: Cursor, given: Given): RoutineDefinition {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const path = parseTablePath(cursor);
  const parameters = parseParameters(cursor, given.what);
  const base = { kind: 'createRoutine' as const, ...given, ifNotExists, path, parameters };
  if (given.what === 'PROCEDURE') return { ...base, ...NO_RETURN, ...parseProcedure(cursor) };
  if (given.what === 'TABLE FUNCTION') return { ...base, returns: null, ...parseTable(cursor) };
  const returns = cursor.take('RETURNS') ? parseType(cursor) : null;
  return { ...base, returns, returnsTable: null, ...parseScalar(cursor) };
}

const NO_RETURN = { returns: null, returnsTable: null };

function parseParameters(
  cursor: Cursor,
  what: RoutineDefinition['what'],
): RoutineDefinition['parameters'] {
  cursor.expect('(');
  const parameters: RoutineDefinition['parameters'] = [];
  while (!cursor.at(')')) {
    const mode = what === 'PROCEDURE' ? takeMode(cursor) : 'IN';
    const name = cursor.identifier('parameter name');
    if (cursor.at('TABLE', '<') || cursor.at('ANY', 'TABLE'))
      cursor.refuse('Parameter', `${name} TABLE`);
    const type = cursor.take('ANY', 'TYPE') ? null : parseType(cursor);
    for (const word of ['DEFAULT', 'NOT', 'AGGREGATE'])
      if (cursor.at(word)) cursor.refuse('Parameter', `${name} … ${word}`);
    parameters.push({ name, type, mode });
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  const names = parameters.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) cursor.fail(`Duplicate argument name ${twice} before`);
  return parameters;
}

function takeMode(cursor: Cursor): 'IN' | 'OUT' | 'INOUT' {
  // A parameter may itself be called `out`.
  for (const mode of ['INOUT', 'OUT', 'IN'] as const)
    if (cursor.at(mode) && cursor.peek(2).text !== ',' && cursor.peek(2).text !== ')') {
      cursor.next();
      return mode;
    }
  return 'IN';
}

function parseScalar(cursor: Cursor): { options: Options; body: string } {
  if (cursor.at('LANGUAGE')) cursor.refuse('Function', `LANGUAGE ${cursor.peek(1).upper}`);
  for (const word of ['DETERMINISTIC', 'NOT', 'REMOTE'])
    if (cursor.at(word)) cursor.refuse('Function', `${word} ${cursor.peek(1).upper}`);
  const before = parseOptions(cursor);
  cursor.expect('AS');
  if (cursor.peek().kind === 'string') cursor.refuse('Function', 'AS with a string');
  cursor.expect('(');
  const body = textOf(cursor, () => parseExpression(cursor));
  cursor.expect(')');
  return { options: { ...before, ...parseOptions(cursor) }, body };
}

function parseTable(cursor: Cursor): Pick<RoutineDefinition, 'returnsTable' | 'options' | 'body'> {
  let returnsTable: { name: string; type: TypeSyntax }[] | null = null;
  if (cursor.take('RETURNS')) {
    // `TABLE<a INT64, b STRING>` is written as a STRUCT is.
    cursor.expect('TABLE', '<');
    returnsTable = [];
    do returnsTable.push({ name: cursor.identifier('column'), type: parseType(cursor) });
    while (cursor.take(','));
    cursor.expect('>');
  }
  const options = parseOptions(cursor);
  cursor.expect('AS');
  return { returnsTable, options, body: textOf(cursor, () => parseQuery(cursor)) };
}

function parseProcedure(cursor: Cursor): { options: Options; body: string } {
  const options = parseOptions(cursor);
  for (const word of ['LANGUAGE', 'EXTERNAL', 'WITH'])
    if (cursor.at(word)) cursor.refuse('Procedure', `${word} ${cursor.peek(1).upper}`);
  const body = textOf(cursor, () => {
    cursor.expect('BEGIN');
    cursor.statements(cursor, ['END', 'EXCEPTION']);
    if (cursor.take('EXCEPTION', 'WHEN', 'ERROR')) {
      cursor.expect('THEN');
      cursor.statements(cursor, ['END']);
    }
    cursor.expect('END');
  });
  return { options, body };
}

/** The text that a parse goes over. */
function textOf(cursor: Cursor, parse: () => unknown): string {
  const start = cursor.peek().at;
  parse();
  return cursor.text.slice(start, cursor.peek(-1).end);
}
