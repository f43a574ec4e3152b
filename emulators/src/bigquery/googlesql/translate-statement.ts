import { type Context, fail, type Relation, type TableColumn } from './context.ts';
import { notePartitionFilters } from './partition-filters.ts';
import { EMPTY_SCOPE, type Scope } from './scope.ts';
import { NOW } from './special-functions.ts';
import type { BaseTable, Change, Of } from './stored-values.ts';
import {
  assignable,
  assignedValue,
  assignments,
  conditionOf,
  defaultOf,
  missing,
  namedColumns,
  stored,
  targetRange,
} from './stored-values.ts';
import { translateFrom } from './translate-from.ts';
import { merge } from './translate-merge.ts';
import type { Typed } from './typed.ts';
import { quote } from './types.ts';

export function translateChange(
  statement: Of<'insert' | 'update' | 'delete' | 'merge' | 'truncate'>,
  context: Context,
): Change {
  const target = context.catalog.table(statement.table);
  if (target.kind === 'view')
    return fail(context, `Cannot modify view ${statement.table.join('.')}`, statement.at);
  switch (statement.kind) {
    case 'insert':
      return insert(statement, target, context);
    case 'update':
      return update(statement, target, context);
    case 'delete':
      return remove(statement, target, context);
    case 'merge':
      return merge(statement, target, context);
    case 'truncate':
      return {
        verb: 'TRUNCATE_TABLE',
        target,
        prepare: [],
        conflict: null,
        run: `DELETE FROM ${target.sql}`,
        scans: [],
      };
  }
}

function insert(statement: Of<'insert'>, target: BaseTable, context: Context): Change {
  const columns = namedColumns(statement.columns, target, statement.at, context);
  const source =
    statement.query === null
      ? valuesOf(statement, columns, context)
      : queryOf(statement, columns, context);
  const names = columns.map((column) => quote(column.name));
  const selected = columns.map((column, index) => stored(column, `v.c${index + 1}`));
  for (const column of missing(columns, target)) {
    names.push(quote(column.name));
    selected.push(defaultOf(column, context));
  }
  if (target.partition?.column === '_PARTITIONTIME') {
    names.push('"_PARTITIONTIME"');
    selected.push(`date_trunc('${target.partition.unit.toLowerCase()}', ${NOW})`);
  }
  const run = `INSERT INTO ${target.sql} (${names.join(', ')}) SELECT ${selected.join(', ')} FROM (${source}) AS v`;
  return { verb: 'INSERT', target, prepare: [], conflict: null, run, scans: context.scans };
}

function valuesOf(
  statement: Of<'insert'>,
  columns: readonly TableColumn[],
  context: Context,
): string {
  const rows = (statement.rows ?? []).map((row) => {
    if (row.length !== columns.length) {
      fail(
        context,
        `Inserted row has wrong column count; Has ${row.length}, expected ${columns.length}`,
        statement.at,
      );
    }
    const values = row.map((value, index) => {
      const column = columns[index] as TableColumn;
      return `${assignedValue(value, column, EMPTY_SCOPE, statement.at, context)} AS c${index + 1}`;
    });
    return `SELECT ${values.join(', ')}`;
  });
  return rows.join(' UNION ALL ');
}

function queryOf(
  statement: Of<'insert'>,
  columns: readonly TableColumn[],
  context: Context,
): string {
  const { query } = statement;
  if (query === null) return '';
  const relation = context.translateQuery(query, null, context);
  if (relation.columns.length !== columns.length) {
    fail(
      context,
      `Inserted row has wrong column count; Has ${relation.columns.length}, expected ${columns.length}`,
      statement.at,
    );
  }
  const list = columns.map((column, index) => {
    const typed: Typed = {
      sql: `q.c${index + 1}`,
      type: relation.columns[index]?.type ?? column.type,
    };
    return `${assignable(typed, column, statement.at, context)} AS c${index + 1}`;
  });
  return `SELECT ${list.join(', ')} FROM (${relation.sql}) AS q`;
}

function update(statement: Of<'update'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const source = statement.from === null ? null : translateFrom(statement.from, null, context);
  const scope: Scope = {
    ranges: [own.range, ...(source?.ranges ?? [])],
    visible: [...own.range.columns, ...(source?.visible ?? [])],
    parent: null,
  };
  const where = conditionOf('WHERE clause', statement.where, scope, context);
  notePartitionFilters(statement.where, scope, context);
  const set = assignments(statement.set, target, own.range, scope, context);
  const from = source === null ? '' : ` FROM ${source.sql}`;
  const run = `UPDATE ${own.sql} SET ${set}${from} WHERE ${where}`;
  const conflict =
    source === null
      ? null
      : `SELECT 1 FROM ${own.sql}, ${source.sql} WHERE ${where} GROUP BY ${own.name}.rowid HAVING count(*) > 1 LIMIT 1`;
  return { verb: 'UPDATE', target, prepare: [], conflict, run, scans: context.scans };
}

function remove(statement: Of<'delete'>, target: BaseTable, context: Context): Change {
  const own = targetRange(target, statement.alias, statement.table, context);
  const scope: Scope = { ranges: [own.range], visible: own.range.columns, parent: null };
  const where = conditionOf('WHERE clause', statement.where, scope, context);
  notePartitionFilters(statement.where, scope, context);
  return {
    verb: 'DELETE',
    target,
    prepare: [],
    conflict: null,
    run: `DELETE FROM ${own.sql} WHERE ${where}`,
    scans: context.scans,
  };
}

/** A table's rows from a query, for CREATE TABLE … AS. */
export function translateStoredQuery(relation: Relation): string {
  const list = relation.columns.map((column, index) => {
    const sql = `q.c${index + 1}`;
    return `${stored({ ...column, required: false, default: null }, sql)} AS ${quote(column.name)}`;
  });
  return `SELECT ${list.join(', ')} FROM (${relation.sql}) AS q`;
}
