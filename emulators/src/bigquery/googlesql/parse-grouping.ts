import type { Cursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import type { Expression, GroupingSets } from './syntax.ts';

/**
 * `ROLLUP (…)`, `CUBE (…)`, `GROUPING SETS (…)`; null where none of them comes next.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#group_by_clause
 */
export function parseGroupingSets(cursor: Cursor): GroupingSets | null {
  const { at } = cursor.peek();
  for (const kind of ['rollup', 'cube'] as const) {
    if (!cursor.at(kind.toUpperCase(), '(')) continue;
    cursor.expect(kind.toUpperCase(), '(');
    const items = parseList(cursor, parseSet);
    cursor.expect(')');
    return { kind, items, at };
  }
  if (!cursor.take('GROUPING', 'SETS', '(')) return null;
  const items = parseList(cursor, (each) => parseGroupingSets(each) ?? parseSet(each));
  cursor.expect(')');
  return { kind: 'sets', items, at };
}

/** `a`, `(a, b)` or `()`; `(a) + 1` is an expression that begins with a bracket. */
function parseSet(cursor: Cursor): Expression[] {
  const mark = cursor.mark();
  if (cursor.take('(')) {
    const items = cursor.at(')') ? [] : parseList(cursor, cursor.expression);
    if (cursor.take(')') && (cursor.at(',') || cursor.at(')'))) return items;
    cursor.rewind(mark);
  }
  return [cursor.expression(cursor)];
}
