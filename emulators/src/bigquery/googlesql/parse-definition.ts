import type { Cursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseOptions } from './parse-options.ts';
import { parseQuery, parseTablePath } from './parse-query.ts';
import { parseRoutine } from './parse-routine.ts';
import { parseType } from './parse-type.ts';
import type { AnyStatement, ColumnDefinition, Options } from './statement-syntax.ts';

/** CREATE, ALTER and DROP. Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language */
export function parseDefinition(cursor: Cursor): AnyStatement {
  if (cursor.at('DROP')) return parseDrop(cursor);
  if (cursor.at('ALTER')) return parseAlter(cursor);
  const at = cursor.next().at;
  const orReplace = cursor.take('OR', 'REPLACE');
  const isTemporary = cursor.take('TEMP') || cursor.take('TEMPORARY');
  const routine = (['FUNCTION', 'TABLE FUNCTION', 'PROCEDURE'] as const).find((what) =>
    cursor.take(...what.split(' ')),
  );
  if (isTemporary && routine !== 'FUNCTION' && !cursor.at('TABLE'))
    cursor.refuse('Statement', `CREATE TEMP ${routine ?? cursor.peek().upper}`);
  if (routine !== undefined)
    return parseRoutine(cursor, { what: routine, isTemporary, orReplace, at });
  for (const word of [
    'AGGREGATE',
    'EXTERNAL',
    'SNAPSHOT',
    'SEARCH',
    'MODEL',
    'MATERIALIZED',
    'ROW',
    'ASSIGNMENT',
  ]) {
    if (cursor.at(word))
      cursor.refuse('Statement', `CREATE ${word} ${cursor.peek(1).upper}`.trim());
  }
  if (cursor.take('SCHEMA')) return parseCreateSchema(cursor, at);
  if (cursor.take('VIEW')) return parseCreateView(cursor, orReplace, at);
  cursor.expect('TABLE');
  return parseCreateTable(cursor, isTemporary, orReplace, at);
}

function takeIfNotExists(cursor: Cursor): boolean {
  return cursor.take('IF', 'NOT', 'EXISTS');
}

function parseCreateSchema(cursor: Cursor, at: number): AnyStatement {
  const ifNotExists = takeIfNotExists(cursor);
  const path = parseTablePath(cursor);
  return { kind: 'createSchema', path, ifNotExists, options: parseOptions(cursor), at };
}

function parseCreateView(cursor: Cursor, orReplace: boolean, at: number): AnyStatement {
  const ifNotExists = takeIfNotExists(cursor);
  const table = parseTablePath(cursor);
  const columns: { name: string; options: Options }[] = [];
  if (cursor.take('(')) {
    do columns.push({ name: cursor.identifier('column'), options: parseOptions(cursor) });
    while (cursor.take(','));
    cursor.expect(')');
  }
  const options = parseOptions(cursor);
  cursor.expect('AS');
  const start = cursor.peek().at;
  const query = parseQuery(cursor);
  const queryText = cursor.text.slice(start, cursor.peek(-1).end);
  return {
    kind: 'createView',
    table,
    orReplace,
    ifNotExists,
    columns,
    options,
    query,
    queryText,
    at,
  };
}

function parseCreateTable(
  cursor: Cursor,
  isTemporary: boolean,
  orReplace: boolean,
  at: number,
): AnyStatement {
  const ifNotExists = takeIfNotExists(cursor);
  const table = parseTablePath(cursor);
  for (const word of ['LIKE', 'COPY', 'CLONE']) {
    if (cursor.at(word)) cursor.refuse('Statement', `CREATE TABLE ${word}`);
  }
  const columns: ColumnDefinition[] = [];
  if (cursor.take('(')) {
    do {
      if (cursor.at(')')) break;
      if (cursor.at('PRIMARY', 'KEY') || cursor.at('FOREIGN', 'KEY') || cursor.at('CONSTRAINT')) {
        cursor.refuse('Clause', 'table constraint');
      }
      columns.push(parseColumn(cursor));
    } while (cursor.take(','));
    cursor.expect(')');
  }
  const partitionBy = cursor.take('PARTITION', 'BY') ? parseExpression(cursor) : null;
  const clusterBy = cursor.take('CLUSTER', 'BY')
    ? parseList(cursor, (each) => each.identifier('column'))
    : [];
  const options = parseOptions(cursor);
  const query = cursor.take('AS') ? parseQuery(cursor) : null;
  return {
    kind: 'createTable',
    table,
    isTemporary,
    orReplace,
    ifNotExists,
    columns,
    partitionBy,
    clusterBy,
    options,
    query,
    at,
  };
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  const name = cursor.identifier('column');
  const type = parseType(cursor);
  let notNull = false;
  let defaultText: string | null = null;
  while (true) {
    if (cursor.take('NOT', 'NULL')) notNull = true;
    else if (cursor.take('DEFAULT')) {
      const start = cursor.peek().at;
      parseExpression(cursor);
      defaultText = cursor.text.slice(start, cursor.peek(-1).end);
    } else break;
  }
  if (cursor.at('COLLATE')) cursor.refuse('Clause', 'COLLATE');
  if (cursor.at('PRIMARY') || cursor.at('REFERENCES')) cursor.refuse('Clause', 'column constraint');
  return { name, type, notNull, default: defaultText, options: parseOptions(cursor) };
}

function parseDrop(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  for (const word of ['MATERIALIZED', 'EXTERNAL', 'SNAPSHOT', 'ROW', 'ALL', 'SEARCH', 'MODEL']) {
    if (cursor.at(word)) cursor.refuse('Statement', `DROP ${word}`);
  }
  const what = (
    ['TABLE FUNCTION', 'FUNCTION', 'PROCEDURE', 'TABLE', 'VIEW', 'SCHEMA'] as const
  ).find((each) => cursor.take(...each.split(' ')));
  if (what === undefined) return cursor.fail();
  const ifExists = cursor.take('IF', 'EXISTS');
  const path = parseTablePath(cursor);
  const cascade = cursor.take('CASCADE');
  if (!cascade) cursor.take('RESTRICT');
  return { kind: 'drop', what, path, ifExists, cascade, at };
}

function parseAlter(cursor: Cursor): AnyStatement {
  const at = cursor.next().at;
  if (!cursor.at('TABLE')) return cursor.refuse('Statement', `ALTER ${cursor.peek().upper}`);
  cursor.expect('TABLE');
  const table = parseTablePath(cursor);
  if (!cursor.at('ADD', 'COLUMN')) {
    return cursor.refuse('Statement', `ALTER TABLE ${cursor.peek().upper} ${cursor.peek(1).upper}`);
  }
  const columns = parseList(cursor, (each) => {
    each.expect('ADD', 'COLUMN');
    const ifNotExists = takeIfNotExists(each);
    return { ...parseColumn(each), ifNotExists };
  });
  return { kind: 'addColumns', table, columns, at };
}
