import { type Cursor, RESERVED } from './cursor.ts';
import { parseList, parseOrderItem, parseWindow } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import { parseGroupingSets } from './parse-grouping.ts';
import { parsePivot, parseUnpivot } from './parse-pivot.ts';
import type {
  Expression,
  FromItem,
  GroupBy,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperator,
  Window,
} from './syntax.ts';

/**
 * `WITH … SELECT … UNION … ORDER BY … LIMIT …`.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax
 */
export function parseQuery(cursor: Cursor): Query {
  const at = cursor.peek().at;
  const withs: { name: string; query: Query; at: number }[] = [];
  const hasWith = cursor.take('WITH');
  const recursive = hasWith && cursor.take('RECURSIVE');
  if (hasWith) {
    do {
      const nameAt = cursor.peek().at;
      const name = cursor.identifier('name');
      cursor.expect('AS', '(');
      withs.push({ name, query: parseQuery(cursor), at: nameAt });
      cursor.expect(')');
    } while (cursor.take(','));
  }
  const body = parseSetOperation(cursor);
  const orderBy = cursor.take('ORDER', 'BY') ? parseList(cursor, parseOrderItem) : [];
  const limit = cursor.take('LIMIT') ? parseExpression(cursor) : null;
  const offset = limit !== null && cursor.take('OFFSET') ? parseExpression(cursor) : null;
  if (cursor.at('|>')) cursor.refuse('Syntax', 'pipe |>');
  return { with: withs, recursive, body, orderBy, limit, offset, at };
}

function parseSetOperation(cursor: Cursor): QueryBody {
  const first = parseOperand(cursor);
  const op = takeSetOperator(cursor);
  if (op === null) return first;
  const inputs = [first, parseOperand(cursor)];
  while (true) {
    const at = cursor.peek().at;
    const mark = cursor.mark();
    const again = takeSetOperator(cursor);
    if (again === null) return { kind: 'set', op, inputs, at };
    if (again !== op) {
      cursor.rewind(mark);
      cursor.fail(
        'Different set operations cannot be used in the same query without using parentheses for grouping; got',
      );
    }
    inputs.push(parseOperand(cursor));
  }
}

function takeSetOperator(cursor: Cursor): SetOperator | null {
  if (cursor.take('UNION', 'ALL')) return 'UNION ALL';
  if (cursor.take('UNION', 'DISTINCT')) return 'UNION DISTINCT';
  if (cursor.take('INTERSECT', 'DISTINCT')) return 'INTERSECT DISTINCT';
  if (cursor.take('EXCEPT', 'DISTINCT')) return 'EXCEPT DISTINCT';
  if (cursor.at('UNION') || cursor.at('INTERSECT') || cursor.at('EXCEPT')) {
    cursor.next();
    if (cursor.at('ALL')) cursor.refuse('Set operation', 'INTERSECT/EXCEPT ALL');
    cursor.fail('Expected keyword ALL or keyword DISTINCT but got');
  }
  return null;
}

function parseOperand(cursor: Cursor): QueryBody {
  const at = cursor.peek().at;
  if (cursor.take('(')) {
    const query = parseQuery(cursor);
    cursor.expect(')');
    return { kind: 'nested', query, at };
  }
  if (cursor.at('FROM')) cursor.refuse('Syntax', 'FROM-first query');
  return parseSelect(cursor);
}

function parseSelect(cursor: Cursor): Select {
  const at = cursor.peek().at;
  cursor.expect('SELECT');
  const distinct = cursor.take('DISTINCT');
  if (!distinct) cursor.take('ALL');
  const as = cursor.take('AS', 'STRUCT') ? 'STRUCT' : cursor.take('AS', 'VALUE') ? 'VALUE' : null;
  const items: SelectItem[] = [];
  do {
    if (0 < items.length && (cursor.at('FROM') || cursor.peek().kind === 'end')) break;
    items.push(parseSelectItem(cursor));
  } while (cursor.take(','));
  const from = cursor.take('FROM') ? parseFrom(cursor) : null;
  const where = cursor.take('WHERE') ? parseExpression(cursor) : null;
  const groupBy = cursor.take('GROUP') ? parseGroupBy(cursor) : null;
  const having = cursor.take('HAVING') ? parseExpression(cursor) : null;
  const qualify = cursor.take('QUALIFY') ? parseExpression(cursor) : null;
  const windows: { name: string; window: Window }[] = [];
  if (cursor.take('WINDOW')) {
    do {
      const name = cursor.identifier('window name');
      cursor.expect('AS');
      windows.push({ name, window: parseWindow(cursor) });
    } while (cursor.take(','));
  }
  return {
    kind: 'select',
    distinct,
    as,
    items,
    from,
    where,
    groupBy,
    having,
    qualify,
    windows,
    at,
  };
}

function parseGroupBy(cursor: Cursor): GroupBy {
  cursor.expect('BY');
  if (cursor.take('ALL')) return { kind: 'all' };
  const sets = parseGroupingSets(cursor);
  if (sets !== null) return sets;
  if (cursor.at('(', ')')) {
    const { at } = cursor.next();
    cursor.expect(')');
    return { kind: 'sets', items: [[]], at };
  }
  return { kind: 'list', items: parseList(cursor, parseExpression) };
}

function parseSelectItem(cursor: Cursor): SelectItem {
  const at = cursor.peek().at;
  if (cursor.take('*')) return { kind: 'star', base: null, ...parseStarModifiers(cursor), at };
  const expression = parseExpression(cursor);
  if (cursor.at('.', '*')) {
    cursor.expect('.', '*');
    return { kind: 'star', base: expression, ...parseStarModifiers(cursor), at };
  }
  return { kind: 'expression', expression, name: parseAlias(cursor) };
}

function parseStarModifiers(cursor: Cursor): {
  except: string[];
  replace: { expression: Expression; name: string }[];
} {
  const except: string[] = [];
  const replace: { expression: Expression; name: string }[] = [];
  if (cursor.at('EXCEPT', '(')) {
    cursor.expect('EXCEPT', '(');
    except.push(...parseList(cursor, (each) => each.identifier()));
    cursor.expect(')');
  }
  if (cursor.take('REPLACE', '(')) {
    do {
      const expression = parseExpression(cursor);
      cursor.expect('AS');
      replace.push({ expression, name: cursor.identifier() });
    } while (cursor.take(','));
    cursor.expect(')');
  }
  return { except, replace };
}

/** `AS x`, or a bare `x` that is no keyword. */
export function parseAlias(cursor: Cursor): string | null {
  if (cursor.take('AS')) return cursor.identifier('alias');
  const token = cursor.peek();
  const isAlias =
    token.kind === 'quoted' ||
    (token.kind === 'name' && !RESERVED.has(token.upper) && !isClause(cursor));
  return isAlias ? cursor.next().value : null;
}

/** Words that may follow a FROM item without being its alias, though they are not reserved. */
function isClause(cursor: Cursor): boolean {
  return (
    cursor.at('PIVOT', '(') ||
    cursor.at('UNPIVOT') ||
    cursor.at('MATCH_RECOGNIZE', '(') ||
    cursor.at('REPLACE', '(')
  );
}

export function parseFrom(cursor: Cursor): FromItem {
  let left = parseJoins(cursor);
  while (cursor.at(',')) {
    const at = cursor.next().at;
    const right = parseJoins(cursor);
    left = { kind: 'join', join: 'CROSS', left, right, on: null, using: [], at };
  }
  return left;
}

function parseJoins(cursor: Cursor): FromItem {
  let left = parseFromItem(cursor);
  while (true) {
    const at = cursor.peek().at;
    const join = takeJoin(cursor);
    if (join === null) return left;
    const right = parseFromItem(cursor);
    const on = join !== 'CROSS' && cursor.take('ON') ? parseExpression(cursor) : null;
    const using: string[] = [];
    if (on === null && join !== 'CROSS' && cursor.take('USING', '(')) {
      using.push(...parseList(cursor, (each) => each.identifier('column')));
      cursor.expect(')');
    }
    const mayLackCondition = join === 'CROSS' || right.kind === 'unnest';
    if (on === null && using.length === 0 && !mayLackCondition)
      cursor.fail('Expected keyword ON or keyword USING but got');
    left = { kind: 'join', join, left, right, on, using, at };
  }
}

function takeJoin(cursor: Cursor): 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | null {
  if (cursor.at('NATURAL')) cursor.refuse('Join', 'NATURAL JOIN');
  if (cursor.take('JOIN') || cursor.take('INNER', 'JOIN')) return 'INNER';
  if (cursor.take('CROSS', 'JOIN')) return 'CROSS';
  for (const side of ['LEFT', 'RIGHT', 'FULL'] as const) {
    if (cursor.take(side, 'JOIN') || cursor.take(side, 'OUTER', 'JOIN')) return side;
  }
  return null;
}

function parseFromItem(cursor: Cursor): FromItem {
  let item = parseFromSource(cursor);
  if (cursor.at('TABLESAMPLE')) item = parseSample(cursor, item);
  if (cursor.at('PIVOT', '(')) item = parsePivot(cursor, item, parseAlias);
  else if (cursor.at('UNPIVOT')) item = parseUnpivot(cursor, item, parseAlias);
  if (cursor.at('PIVOT', '(') || cursor.at('UNPIVOT'))
    cursor.refuse('Operator', `${cursor.peek().upper} after another`);
  if (cursor.at('MATCH_RECOGNIZE', '(')) cursor.refuse('Operator', 'MATCH_RECOGNIZE');
  return item;
}

/** `TABLESAMPLE SYSTEM (10 PERCENT)` of a table. */
function parseSample(cursor: Cursor, item: FromItem): FromItem {
  if (item.kind !== 'table') cursor.refuse('Clause', 'TABLESAMPLE of what is no table');
  cursor.expect('TABLESAMPLE');
  if (!cursor.at('SYSTEM')) cursor.refuse('Clause', `TABLESAMPLE ${cursor.peek().upper}`);
  cursor.expect('SYSTEM', '(');
  const { kind, text } = cursor.peek();
  if (kind !== 'int' && kind !== 'float') cursor.refuse('Clause', `TABLESAMPLE of ${text}`);
  cursor.next();
  cursor.expect('PERCENT', ')');
  const sample = Number(text);
  if (100 < sample) cursor.fail(`TABLESAMPLE takes 0 to 100 percent, got ${text}, before`);
  return { ...item, sample };
}

function parseFromSource(cursor: Cursor): FromItem {
  const at = cursor.peek().at;
  if (cursor.take('UNNEST')) {
    cursor.expect('(');
    const array = parseExpression(cursor);
    cursor.expect(')');
    return { kind: 'unnest', array, ...parseUnnestNames(cursor), at };
  }
  if (cursor.take('(')) {
    const mark = cursor.mark();
    let depth = 0;
    while (cursor.peek(depth).text === '(') depth += 1;
    const isQuery = ['SELECT', 'WITH'].includes(cursor.peek(depth).upper);
    if (isQuery) {
      const query = parseQuery(cursor);
      if (cursor.take(')')) return { kind: 'query', query, alias: parseAlias(cursor), at };
      cursor.rewind(mark);
    }
    const inner = parseFrom(cursor);
    cursor.expect(')');
    return inner;
  }
  const path = parseTablePath(cursor);
  if (cursor.at('(')) {
    if (path.length === 1) cursor.refuse('Table function', path.join('.').toUpperCase());
    return {
      kind: 'function',
      path,
      args: parseTableArguments(cursor),
      alias: parseAlias(cursor),
      at,
    };
  }
  const alias = parseAlias(cursor);
  if (cursor.at('FOR', 'SYSTEM_TIME')) cursor.refuse('Clause', 'FOR SYSTEM_TIME AS OF');
  if (cursor.at('WITH', 'OFFSET')) {
    const array: Expression = { kind: 'path', parts: path, at };
    return { kind: 'unnest', array, alias, offset: parseOffset(cursor), at };
  }
  return { kind: 'table', path, alias, at };
}

function parseTableArguments(cursor: Cursor): Expression[] {
  cursor.expect('(');
  const args: Expression[] = [];
  while (!cursor.at(')')) {
    for (const word of ['TABLE', 'MODEL', 'SELECT', 'WITH'])
      if (cursor.at(word)) cursor.refuse('Argument of a table function', word);
    args.push(parseExpression(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  return args;
}

function parseUnnestNames(cursor: Cursor): { alias: string | null; offset: string | null } {
  const alias = cursor.at('WITH', 'OFFSET') ? null : parseAlias(cursor);
  return { alias, offset: parseOffset(cursor) };
}

function parseOffset(cursor: Cursor): string | null {
  return cursor.take('WITH', 'OFFSET') ? (parseAlias(cursor) ?? 'offset') : null;
}

/**
 * `t`, `d.t`, `p.d.t`, each part backticked or the whole in one pair of backticks; a project may
 * hold dashes unquoted (`my-project.d.t`).
 */
export function parseTablePath(cursor: Cursor): string[] {
  const parts: string[] = [];
  const dashed = /[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)+(?=\.)/y;
  dashed.lastIndex = cursor.peek().at;
  const project = cursor.peek().kind === 'name' ? dashed.exec(cursor.text) : null;
  if (project !== null) {
    cursor.skipTo(dashed.lastIndex);
    parts.push(project[0]);
  } else parts.push(...pathPart(cursor));
  while (cursor.take('.')) parts.push(...pathPart(cursor));
  if (cursor.at('*') && cursor.peek(-1).end === cursor.peek().at)
    cursor.refuse('Wildcard table without backticks', `${parts.join('.')}*`);
  return parts;
}

function pathPart(cursor: Cursor): string[] {
  const token = cursor.peek();
  if (token.kind === 'quoted') {
    cursor.next();
    return token.value.split('.');
  }
  // After a dot even a keyword is a name.
  return [
    token.kind === 'name' && cursor.peek(-1).text === '.'
      ? cursor.next().value
      : cursor.identifier('table name'),
  ];
}
