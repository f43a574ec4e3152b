import { type Context, fail, refuse } from './context.ts';
import { notePartitionFilters } from './partition-filters.ts';
import type { Column, Range, Scope } from './scope.ts';
import { NOW } from './special-functions.ts';
import type { MergeClause } from './statement-syntax.ts';
import type { BaseTable, Change, Of } from './stored-values.ts';
import {
  assignable,
  assignedValue,
  assignments,
  conditionOf,
  defaultOf,
  missing,
  namedColumns,
  targetRange,
} from './stored-values.ts';
import { translateFrom } from './translate-from.ts';
import { quote } from './types.ts';

/** The name of the temporary table that holds the source of a MERGE. */
const MERGE_SOURCE = 'bq_merge_source';

/**
 * The source is computed once, into a temporary table: the check for several matches and the MERGE
 * itself must see the same rows.
 */
export function merge(statement: Of<'merge'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const source = translateFrom(statement.source, null, context);
  const name = context.alias();
  const flat: Column[] = [];
  const ranges = source.ranges.map((range): Range => {
    if (range.value !== null) return refuse(context, 'MERGE source', 'UNNEST', statement.source.at);
    const columns = range.columns.map((column) => {
      flat.push(column);
      return { ...column, sql: `${name}.c${flat.length}`, origin: undefined };
    });
    return { ...range, columns };
  });
  const list = flat.map((column, index) => `${column.sql} AS c${index + 1}`);
  const prepare = [
    `CREATE OR REPLACE TEMP TABLE ${MERGE_SOURCE} AS SELECT ${list.join(', ')} FROM ${source.sql}`,
  ];
  const visible = ranges.flatMap((range) => range.columns);
  const sourceScope: Scope = { ranges, visible, parent: null };
  const both: Scope = {
    ranges: [own.range, ...ranges],
    visible: [...own.range.columns, ...visible],
    parent: null,
  };
  const targetScope: Scope = { ranges: [own.range], visible: own.range.columns, parent: null };
  const on = conditionOf('MERGE ON clause', statement.on, both, context);
  notePartitionFilters(statement.on, both, context);
  const clauses = statement.clauses.map((clause) => {
    const scope = {
      MATCHED: both,
      'NOT MATCHED': sourceScope,
      'NOT MATCHED BY SOURCE': targetScope,
    }[clause.when];
    return mergeClause(clause, target, own.range, scope, visible, context);
  });
  const temp = `temp.${MERGE_SOURCE} AS ${name}`;
  const run = `MERGE INTO ${own.sql} USING ${temp} ON ${on} ${clauses.join(' ')} RETURNING merge_action`;
  const matched = statement.clauses.filter((clause) => clause.when === 'MATCHED');
  const acts = matched.map((clause) =>
    clause.and === null ? 'TRUE' : conditionOf('WHEN clause', clause.and, both, context),
  );
  const conflict =
    matched.length === 0
      ? null
      : `SELECT 1 FROM ${own.sql} JOIN ${temp} ON ${on} WHERE ${acts.join(' OR ')} GROUP BY ${own.name}.rowid HAVING count(*) > 1 LIMIT 1`;
  return { verb: 'MERGE', target, prepare, conflict, run, scans: context.scans };
}

function mergeClause(
  clause: MergeClause,
  target: BaseTable,
  range: Range,
  scope: Scope,
  source: readonly Column[],
  context: Context,
): string {
  const and =
    clause.and === null ? '' : ` AND ${conditionOf('WHEN clause', clause.and, scope, context)}`;
  const head = `WHEN ${clause.when}${and} THEN`;
  const { action } = clause;
  if (action.kind === 'delete') return `${head} DELETE`;
  if (action.kind === 'update')
    return `${head} UPDATE SET ${assignments(action.set, target, range, scope, context)}`;
  const columns = namedColumns(action.columns, target, clause.at, context);
  const values =
    action.values === 'ROW'
      ? columns.map((column, index) => {
          const same = source.length === target.columns.length ? source[index] : undefined;
          const value =
            same ??
            fail(
              context,
              `INSERT ROW needs ${target.columns.length} source columns, got ${source.length}`,
              clause.at,
            );
          return assignable(value, column, clause.at, context);
        })
      : action.values.map((value, index) => {
          const column =
            columns[index] ??
            fail(
              context,
              `Inserted row has wrong column count; Has ${action.values.length}, expected ${columns.length}`,
              clause.at,
            );
          return assignedValue(value, column, scope, clause.at, context);
        });
  if (values.length !== columns.length) {
    fail(
      context,
      `Inserted row has wrong column count; Has ${values.length}, expected ${columns.length}`,
      clause.at,
    );
  }
  const rest = missing(columns, target);
  const names = [...columns, ...rest].map((column) => quote(column.name));
  const all = [...values, ...rest.map((column) => defaultOf(column, context))];
  if (target.partition?.column === '_PARTITIONTIME') {
    names.push('"_PARTITIONTIME"');
    all.push(`date_trunc('${target.partition.unit.toLowerCase()}', ${NOW})`);
  }
  return `${head} INSERT (${names.join(', ')}) VALUES (${all.join(', ')})`;
}
