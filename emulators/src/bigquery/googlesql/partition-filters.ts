import type { Context, Scan } from './context.ts';
import type { Scope } from './scope.ts';
import type { Expression } from './syntax.ts';
import { quote } from './types.ts';

/**
 * Notes, for each partitioned table in scope, the parts of a WHERE clause that compare its partition
 * column with a constant: those are what BigQuery prunes by.
 *
 * Source: https://cloud.google.com/bigquery/docs/querying-partitioned-tables
 */
export function notePartitionFilters(where: Expression, scope: Scope, context: Context): void {
  for (const part of conjuncts(where)) {
    const typed = context.translateExpression(part, scope, { ...context, scans: [] });
    for (const scan of context.scans) {
      const { partition } = scan.table;
      if (partition === null) continue;
      const own = `${scan.alias}.${quote(partition.column)}`;
      if (typed.sql.includes(own) && !refersToOthers(typed.sql.replaceAll(own, ''))) {
        scan.conditions.push(typed.sql.replaceAll(own, quote(partition.column)));
      }
    }
  }
}

/** True if the rest of a condition reads any column: then it cannot prune. */
function refersToOthers(sql: string): boolean {
  const bare = sql.replace(/'(?:[^']|'')*'/g, '');
  return /\bt\d+\.|\bSELECT\b|random\(\)/.test(bare);
}

function conjuncts(expression: Expression): Expression[] {
  if (expression.kind === 'binary' && expression.op === 'AND') {
    return [...conjuncts(expression.left), ...conjuncts(expression.right)];
  }
  return [expression];
}

/** The first table that must be filtered by its partition column and is not. */
export function unfiltered(scans: readonly Scan[]): Scan | undefined {
  return scans.find(
    (scan) => scan.table.partition?.filterRequired === true && scan.conditions.length === 0,
  );
}
