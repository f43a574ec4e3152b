import type { Cursor } from './cursor.ts';
import { parseList } from './parse-call.ts';
import { parseExpression } from './parse-expression.ts';
import type { FromItem, NamedExpression } from './syntax.ts';

type Alias = (cursor: Cursor) => string | null;

/**
 * `PIVOT (SUM(x) AS s, … FOR column IN (value AS name, …))`, after the item that it turns.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#pivot_operator
 */
export function parsePivot(cursor: Cursor, source: FromItem, alias: Alias): FromItem {
  if (source.kind === 'unnest') cursor.fail('PIVOT is not allowed with array scans; got');
  const { at } = cursor.next();
  const named = (each: Cursor): NamedExpression => ({
    expression: parseExpression(each),
    name: alias(each),
  });
  cursor.expect('(');
  const aggregates = parseList(cursor, named);
  cursor.expect('FOR');
  const input = parseExpressionBefore(cursor);
  cursor.expect('IN', '(');
  if (cursor.at('SELECT')) cursor.refuse('Operator', 'PIVOT … IN (subquery)');
  const values = parseList(cursor, named);
  cursor.expect(')', ')');
  return { kind: 'pivot', source, aggregates, input, values, alias: alias(cursor), at };
}

/** `UNPIVOT [INCLUDE NULLS] (value FOR name IN (column AS 'label', …))`, or lists of both in brackets. */
export function parseUnpivot(cursor: Cursor, source: FromItem, alias: Alias): FromItem {
  if (source.kind === 'unnest') cursor.fail('UNPIVOT is not allowed with array scans; got');
  const { at } = cursor.next();
  const includeNulls = cursor.take('INCLUDE', 'NULLS');
  if (!includeNulls) cursor.take('EXCLUDE', 'NULLS');
  cursor.expect('(');
  const values = parseNames(cursor);
  cursor.expect('FOR');
  const name = cursor.identifier('column');
  cursor.expect('IN', '(');
  const groups = parseList(cursor, (each) => {
    const columnsAt = each.peek().at;
    const columns = parseNames(each);
    each.take('AS');
    const { kind } = each.peek();
    const label = kind === 'string' || kind === 'int' ? each.next() : null;
    return {
      columns,
      label: label === null ? null : { value: label.value, isText: label.kind === 'string' },
      at: columnsAt,
    };
  });
  cursor.expect(')', ')');
  return { kind: 'unpivot', source, includeNulls, values, name, groups, alias: alias(cursor), at };
}

function parseNames(cursor: Cursor): string[] {
  if (!cursor.take('(')) return [cursor.identifier('column')];
  const names = parseList(cursor, (each) => each.identifier('column'));
  cursor.expect(')');
  return names;
}

/** The column of FOR: an `IN` after it belongs to the operator. */
function parseExpressionBefore(cursor: Cursor): NamedExpression['expression'] {
  const { at } = cursor.peek();
  const parts = [cursor.identifier('column')];
  while (cursor.take('.')) parts.push(cursor.identifier('field'));
  if (!cursor.at('IN')) cursor.refuse('Operator', 'PIVOT … FOR expression');
  return { kind: 'path', parts, at };
}
