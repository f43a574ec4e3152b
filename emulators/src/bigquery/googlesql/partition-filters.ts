import type { Context, Scan } from './context.ts';
import type { Scope } from './scope.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import { quote } from './types.ts';

/** Stand in a condition for the first and the last instant of a partition. */
export const PARTITION_START = 'bq_from';
export const PARTITION_END = 'bq_to';

/**
 * Notes, for each partitioned table that the names in scope come from, what a WHERE clause says of
 * its partition column compared with constants: that is what BigQuery prunes by.
 *
 * Source: https://cloud.google.com/bigquery/docs/querying-partitioned-tables
 */
export function notePartitionFilters(where: Expression, scope: Scope, context: Context): void {
  const columns = [...scope.visible, ...scope.ranges.flatMap((range) => range.columns)];
  for (const scan of context.scans) {
    const { partition } = scan.table;
    if (partition === null) continue;
    const origin = `${scan.alias}.${quote(partition.column)}`;
    const names = [
      ...new Set(columns.filter((each) => each.origin === origin).map((each) => each.sql)),
    ];
    for (const own of names) {
      const condition = prune(where, own, scope, { ...context, scans: [] });
      if (condition !== undefined) scan.conditions.push(condition);
    }
  }
}

/** True of a partition that may hold rows for which `expression` is; undefined if nothing is known. */
function prune(
  expression: Expression,
  own: string,
  scope: Scope,
  context: Context,
): string | undefined {
  const again = (each: Expression): string | undefined => prune(each, own, scope, context);
  switch (expression.kind) {
    case 'between': {
      if (expression.not) return undefined;
      const { arg, low, high, at } = expression;
      return both(again(compare('>=', arg, low, at)), again(compare('<=', arg, high, at)));
    }
    case 'in': {
      const { arg, among, at } = expression;
      if (expression.not || among.kind === 'query') return undefined;
      if (among.kind === 'unnest') return amongElements(arg, among.array, own, scope, context);
      const parts = among.items.map((item) => again(compare('=', arg, item, at)));
      return parts.includes(undefined) ? undefined : `(${parts.join(' OR ')})`;
    }
    case 'binary':
      break;
    default:
      return undefined;
  }
  const { op, left, right, at } = expression;
  if (op === 'AND') return both(again(left), again(right));
  if (op === 'OR') {
    const parts = [again(left), again(right)];
    return parts.includes(undefined) ? undefined : `(${parts.join(' OR ')})`;
  }
  if (op === '=')
    return both(again(compare('<=', left, right, at)), again(compare('>=', left, right, at)), true);
  if (!['<', '<=', '>', '>='].includes(op)) return undefined;
  const { sql } = context.translateExpression(expression, scope, context);
  if (!sql.includes(own) || refersToColumns(sql.replaceAll(own, ''))) return undefined;
  const isOnLeft = context.translateExpression(left, scope, context).sql.includes(own);
  if (!isMonotone(isOnLeft ? left : right)) return undefined;
  const isUpper = op.startsWith('<') === isOnLeft;
  return sql.replaceAll(own, isUpper ? PARTITION_START : PARTITION_END);
}

/** `DATE(ts) IN UNNEST(days)`, where the days are constant: some day is between the partition's ends. */
function amongElements(
  arg: Expression,
  array: Expression,
  own: string,
  scope: Scope,
  context: Context,
): string | undefined {
  const { sql } = context.translateExpression(arg, scope, context);
  const list = context.translateExpression(array, scope, context);
  const isConstant = !refersToColumns(list.sql) && !refersToColumns(sql.replaceAll(own, ''));
  if (!isConstant || !sql.includes(own) || !isMonotone(arg)) return undefined;
  const [from, to] = [PARTITION_START, PARTITION_END].map((end) => sql.replaceAll(own, end));
  return `(len(list_filter(${list.sql}, lambda bq_e: bq_e BETWEEN ${from} AND ${to})) > 0)`;
}

function compare(op: BinaryOperator, left: Expression, right: Expression, at: number): Expression {
  return { kind: 'binary', op, left, right, at };
}

function both(a: string | undefined, b: string | undefined, isStrict = false): string | undefined {
  if (a === undefined || b === undefined) return isStrict ? undefined : (a ?? b);
  return `(${a} AND ${b})`;
}

/** Functions that keep the order of times, so that a partition's ends bound what they give. */
function isMonotone(expression: Expression): boolean {
  if (expression.kind === 'path' || expression.kind === 'field') return true;
  if (expression.kind === 'cast') return isMonotone(expression.arg);
  if (expression.kind === 'extract')
    return expression.part === 'DATE' && isMonotone(expression.arg);
  const [first] = expression.kind === 'call' ? expression.args : [];
  const isKnown =
    expression.kind === 'call' && /^(DATE|DATETIME|TIMESTAMP)(_TRUNC)?$/.test(expression.name);
  return isKnown && first !== undefined && isMonotone(first);
}

/** True if the rest of a condition reads any column: then it cannot prune. */
function refersToColumns(sql: string): boolean {
  const bare = sql.replace(/'(?:[^']|'')*'/g, '');
  return /\bt\d+\.|\bSELECT\b|random\(\)/.test(bare);
}

/** The first table that must be filtered by its partition column and is not. */
export function unfiltered(scans: readonly Scan[]): Scan | undefined {
  return scans.find(
    (scan) => scan.table.partition?.filterRequired === true && scan.conditions.length === 0,
  );
}
