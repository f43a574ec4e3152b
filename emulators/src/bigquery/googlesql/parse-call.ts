import type { Cursor } from './cursor.ts';
import type { Bound, Call, Expression, Frame, OrderItem, Window } from './syntax.ts';

/** `HOUR`, `WEEK(MONDAY)`, upper case. */
export function parsePart(cursor: Cursor): string {
  const name = cursor.identifier('date part').toUpperCase();
  if (!cursor.take('(')) return name;
  const weekday = cursor.identifier('weekday').toUpperCase();
  cursor.expect(')');
  return `${name}(${weekday})`;
}

/** Functions whose last argument is a date part rather than a value. */
const TAKES_PART = /_(?:TRUNC|DIFF)$|^LAST_DAY$/;

export function parseCall(cursor: Cursor, names: string[], at: number): Call {
  const safe = 1 < names.length && names[0]?.toUpperCase() === 'SAFE';
  const path = safe ? names.slice(1) : names;
  const name = path.join('.').toUpperCase();
  cursor.expect('(');
  const distinct = cursor.take('DISTINCT');
  const star = cursor.take('*');
  const args: Expression[] = [];
  let nulls: Call['nulls'] = null;
  let having: Call['having'] = null;
  let orderBy: OrderItem[] = [];
  let limit: Expression | null = null;
  if (!cursor.at(')') && !star) {
    do {
      if (cursor.at('SELECT') || cursor.at('WITH')) cursor.fail();
      if (cursor.peek(1).text === '=>') cursor.refuse('Named argument', cursor.peek().text);
      if (cursor.peek(1).text === '->')
        cursor.refuse('Lambda', `${name}(${cursor.peek().text} -> …)`);
      const partAt = cursor.peek().at;
      if (0 < args.length && TAKES_PART.test(name) && cursor.at('WEEK', '(')) {
        args.push({ kind: 'path', parts: [parsePart(cursor)], at: partAt });
      } else args.push(cursor.expression(cursor));
    } while (cursor.take(','));
  }
  nulls = parseNulls(cursor);
  if (cursor.take('HAVING')) {
    const pick = cursor.take('MAX') ? 'MAX' : 'MIN';
    if (pick === 'MIN') cursor.expect('MIN');
    having = { pick, by: cursor.expression(cursor) };
  }
  if (cursor.take('ORDER', 'BY')) orderBy = parseList(cursor, parseOrderItem);
  if (cursor.take('LIMIT')) limit = cursor.expression(cursor);
  cursor.expect(')');
  nulls ??= parseNulls(cursor);
  const over = cursor.take('OVER')
    ? cursor.at('(')
      ? parseWindow(cursor)
      : cursor.identifier('window name')
    : null;
  return {
    kind: 'call',
    name,
    path,
    args,
    at,
    safe,
    star,
    distinct,
    nulls,
    having,
    orderBy,
    limit,
    over,
  };
}

function parseNulls(cursor: Cursor): Call['nulls'] {
  if (cursor.take('IGNORE', 'NULLS')) return 'IGNORE';
  if (cursor.take('RESPECT', 'NULLS')) return 'RESPECT';
  return null;
}

export function parseWindow(cursor: Cursor): Window {
  const at = cursor.peek().at;
  cursor.expect('(');
  const hasBase =
    !cursor.at('PARTITION') && !cursor.at('ORDER') && !cursor.at('ROWS') && !cursor.at('RANGE');
  const base = hasBase && !cursor.at(')') ? cursor.identifier('window name') : null;
  const partitionBy = cursor.take('PARTITION', 'BY') ? parseList(cursor, cursor.expression) : [];
  const orderBy = cursor.take('ORDER', 'BY') ? parseList(cursor, parseOrderItem) : [];
  const frame = parseFrame(cursor);
  cursor.expect(')');
  return { base, partitionBy, orderBy, frame, at };
}

function parseFrame(cursor: Cursor): Frame | null {
  const unit = cursor.take('ROWS') ? 'ROWS' : cursor.take('RANGE') ? 'RANGE' : null;
  if (unit === null) return null;
  if (!cursor.take('BETWEEN')) return { unit, start: parseBound(cursor), end: null };
  const start = parseBound(cursor);
  cursor.expect('AND');
  return { unit, start, end: parseBound(cursor) };
}

function parseBound(cursor: Cursor): Bound {
  for (const kind of ['UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING', 'CURRENT ROW'] as const) {
    if (cursor.take(...kind.split(' '))) return { kind, offset: null };
  }
  const offset = cursor.expression(cursor);
  if (cursor.take('PRECEDING')) return { kind: 'PRECEDING', offset };
  cursor.expect('FOLLOWING');
  return { kind: 'FOLLOWING', offset };
}

export function parseOrderItem(cursor: Cursor): OrderItem {
  const expression = cursor.expression(cursor);
  if (cursor.at('COLLATE')) cursor.refuse('Clause', 'COLLATE');
  const descending = cursor.take('DESC');
  if (!descending) cursor.take('ASC');
  const nullsFirst = cursor.take('NULLS', 'FIRST')
    ? true
    : cursor.take('NULLS', 'LAST')
      ? false
      : null;
  return { expression, descending, nullsFirst };
}

/** One or more, with commas between. */
export function parseList<Item>(cursor: Cursor, parse: (cursor: Cursor) => Item): Item[] {
  const items = [parse(cursor)];
  while (cursor.take(',')) items.push(parse(cursor));
  return items;
}
