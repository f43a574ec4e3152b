import { catalogOf } from './catalog.ts';
import { runDefinition } from './definitions.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import type { RoutineShape, Scan } from './googlesql/context.ts';
import { unfiltered } from './googlesql/partition-filters.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import type { Change } from './googlesql/stored-values.ts';
import { fillIn, openContext, planQuery, type QueryPlan } from './googlesql/translate.ts';
import { translateChange } from './googlesql/translate-statement.ts';
import type { SqlType } from './googlesql/types.ts';
import { NO_ROWS, type Rows, rowsOf } from './results.ts';

import type { Resource } from './store.ts';
import type { Writer } from './warehouse.ts';

/** Who runs a statement, with what. */
export interface Session {
  readonly engine: Engine;
  readonly project: string;
  readonly defaultDataset: { readonly project: string; readonly dataset: string } | null;
  /** Where a script keeps its temporary tables; null outside of scripts. */
  readonly temporary: { readonly project: string; readonly dataset: string } | null;
  /** Types and DuckDB values of parameters and variables, by lower-case name. */
  readonly types: ReadonlyMap<string, SqlType>;
  readonly values: ReadonlyMap<string, string>;
  /** Temporary functions, by name in lower case. */
  readonly functions: ReadonlyMap<string, RoutineShape>;
  /** What CURRENT_TIMESTAMP() gives. */
  readonly nowMicros: bigint;
  /** The change under way, inside BEGIN TRANSACTION. */
  readonly writer: Writer | null;
}

/** What a statement gave. */
export interface Outcome {
  readonly statementType: string;
  /** Null where the statement has no rows. */
  readonly columns: QueryPlan['columns'] | null;
  readonly rows: Rows;
  readonly dml: DmlStats | null;
  /** What a definition did to what, as `statistics.query` has it. */
  readonly ddl?: Resource;
}
export interface DmlStats {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** A statement that is translated and checked, and not yet run. */
export type Prepared =
  | { readonly kind: 'query'; readonly plan: QueryPlan; readonly scans: readonly Scan[] }
  | { readonly kind: 'change'; readonly change: Change; readonly scans: readonly Scan[] }
  | { readonly kind: 'definition'; readonly statement: Statement; readonly scans: readonly Scan[] };

const CHANGES = ['insert', 'update', 'delete', 'merge', 'truncate'];

/** Translates one statement of `text`. Throws what is wrong with it. */
export function prepare(statement: Statement, text: string, session: Session): Prepared {
  const context = openContext(
    text,
    catalogOf(session.engine.store, session.project, session.defaultDataset, session.temporary),
    session.types,
    session.functions,
  );
  const prepared = translate(statement, context);
  requireFilters(prepared.scans);
  return prepared;
}

/** Throws where a table that must be filtered by its partition column is not. */
export function requireFilters(scans: readonly Scan[]): void {
  const scan = unfiltered(scans);
  if (scan === undefined) return;
  const { project, dataset, table, partition } = scan.table;
  const columns =
    partition?.column === '_PARTITIONTIME'
      ? "'_PARTITIONTIME', '_PARTITIONDATE' or '_PARTITION_LOAD_TIME'"
      : `'${partition?.column}'`;
  throw new BigQueryError(
    'invalidQuery',
    `Cannot query over table '${project}.${dataset}.${table}' without a filter over column(s) ${columns} that can be used for partition elimination`,
    { location: 'query' },
  );
}

function translate(statement: Statement, context: ReturnType<typeof openContext>): Prepared {
  if (statement.kind === 'query') {
    const plan = planQuery(statement.query, context);
    return { kind: 'query', plan, scans: plan.scans };
  }
  if (CHANGES.includes(statement.kind)) {
    const change = translateChange(statement as Parameters<typeof translateChange>[0], context);
    return { kind: 'change', change, scans: change.scans };
  }
  return { kind: 'definition', statement, scans: [] };
}

export async function execute(
  prepared: Prepared,
  text: string,
  session: Session,
): Promise<Outcome> {
  const { engine } = session;
  engine.counters.queries += 1;
  if (prepared.kind === 'definition') return runDefinition(prepared.statement, text, session);
  if (prepared.kind === 'query') {
    const sql = fillIn(prepared.plan.sql, session.values, session.nowMicros);
    const result = await (session.writer === null
      ? engine.warehouse.read(sql)
      : session.writer.run(sql));
    engine.counters.rowsRead += result.rowCount;
    const rows = rowsOf(
      result,
      prepared.plan.columns.map((column) => column.type),
    );
    return { statementType: 'SELECT', columns: prepared.plan.columns, rows, dml: null };
  }
  const { change } = prepared;
  const dml = await (session.writer === null
    ? engine.warehouse.write((writer) => runChange(change, session, writer))
    : runChange(change, session, session.writer));
  return { statementType: change.verb, columns: null, rows: NO_ROWS, dml };
}

function runChange(change: Change, session: Session, writer: Writer): Promise<DmlStats> {
  const fill = (sql: string): string => fillIn(sql, session.values, session.nowMicros);
  return writer.transaction(async () => {
    for (const statement of change.prepare) await writer.run(fill(statement));
    if (change.conflict !== null) {
      const conflict = await writer.run(fill(change.conflict));
      if (0 < conflict.rowCount) {
        throw new BigQueryError(
          'invalidQuery',
          'UPDATE/MERGE must match at most one source row for each target row',
          { location: 'query' },
        );
      }
    }
    const result = await writer.run(fill(change.run));
    if (change.verb === 'MERGE') return mergeStats(await result.getRows());
    const count = Number((await result.getRows())[0]?.[0] ?? 0);
    return {
      inserted: change.verb === 'INSERT' ? count : 0,
      updated: change.verb === 'UPDATE' ? count : 0,
      deleted: change.verb === 'DELETE' || change.verb === 'TRUNCATE_TABLE' ? count : 0,
    };
  });
}

function mergeStats(rows: readonly (readonly unknown[])[]): DmlStats {
  const count = (action: string): number => rows.filter(([each]) => each === action).length;
  return { inserted: count('INSERT'), updated: count('UPDATE'), deleted: count('DELETE') };
}
