import type { DuckDBValue } from '@duckdb/node-api';
import { estimateBytes } from './bytes.ts';
import { catalogOf } from './catalog.ts';
import { BigQueryError, queryError } from './errors.ts';
import type { RoutineShape } from './googlesql/context.ts';
import { EMPTY_SCOPE } from './googlesql/scope.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import type { Expression, Query } from './googlesql/syntax.ts';
import { fillIn, openContext } from './googlesql/translate.ts';
import { coerce } from './googlesql/typed.ts';
import { BOOL, type SqlType, STRING, typeName } from './googlesql/types.ts';
import type { Transaction } from './script-transaction.ts';
import { literalOf, type Variables } from './script-variables.ts';
import {
  execute,
  type Outcome,
  type Prepared,
  prepare,
  requireFilters,
  type Session,
} from './statements.ts';

/** A statement that ran, what it gave, and where it stands: innermost procedure first. */
export interface Step {
  readonly outcome: Outcome;
  readonly bytesProcessed: number;
  readonly stack: readonly Place[];
}
export interface Place {
  /** The text that `statement` is a part of. */
  readonly text: string;
  readonly statement: Statement;
  /** The procedure that the text is of; null for the script. */
  readonly procedure: string | null;
}

/** A script that runs more statements and rounds of loops is taken for endless. */
const MOST_STEPS = 10_000;

/** What all activations of one script share. */
export interface Run {
  readonly transaction: Transaction;
  readonly steps: Step[];
  /** What was read so far, by statements and by the queries in expressions. */
  bytesProcessed: number;
  count: number;
  /** The text of the statement that began last: where an error comes from. */
  statement: string;
}
/** The script, or a procedure that it called. */
export interface Activation {
  readonly text: string;
  readonly session: Session;
  readonly variables: Variables;
  readonly functions: Map<string, RoutineShape>;
  readonly procedure: string | null;
  /** Where the callers stand, innermost first. */
  readonly callers: readonly Place[];
  /** The errors being handled, outermost first. */
  readonly handled: BigQueryError[];
}

export function count(run: Run): void {
  run.count += 1;
  if (MOST_STEPS < run.count)
    throw new BigQueryError(
      'resourcesExceeded',
      `The script ran more than ${MOST_STEPS} statements`,
    );
}

export function sessionOf(run: Run, here: Activation): Session {
  return {
    ...here.session,
    types: here.variables.types(),
    values: here.variables.values(),
    functions: here.functions,
    writer: run.transaction.writer(),
  };
}

export async function step(
  prepared: Prepared,
  statement: Statement,
  session: Session,
  run: Run,
  here: Activation,
  text: string = here.text,
): Promise<Outcome> {
  const bytesProcessed = await estimateBytes(prepared, session);
  run.bytesProcessed += bytesProcessed;
  const outcome = await execute(prepared, text, session);
  const place = { text: here.text, statement, procedure: here.procedure };
  run.steps.push({ outcome, bytesProcessed, stack: [place, ...here.callers] });
  return outcome;
}

export interface RawRows {
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** The rows of a query as DuckDB's values. */
export async function rowsOfQuery(
  { query, at, end }: { query: Query; at: number; end: number },
  run: Run,
  here: Activation,
  text: string = here.text,
  session: Session = sessionOf(run, here),
): Promise<RawRows> {
  const prepared = prepare({ kind: 'query', query, at, end }, text, session);
  if (prepared.kind !== 'query') return { columns: [], rows: [] };
  const { plan } = prepared;
  run.bytesProcessed += await estimateBytes(prepared, session);
  const sql = fillIn(plan.sql, session.values, session.nowMicros);
  const { engine, writer } = session;
  const result = await (writer === null ? engine.warehouse.read(sql) : writer.run(sql));
  return { columns: plan.columns, rows: await result.getRows() };
}

export async function evaluate(
  expression: Expression,
  type: SqlType | null,
  run: Run,
  here: Activation,
): Promise<{ type: SqlType; sql: string }> {
  const session = sessionOf(run, here);
  const { engine, project, defaultDataset, temporary, types, values, functions, writer } = session;
  const catalog = catalogOf(engine.store, project, defaultDataset, temporary);
  const context = openContext(here.text, catalog, types, functions);
  const typed = context.translateExpression(expression, EMPTY_SCOPE, context);
  const wanted = type ?? (typed.type.kind === 'NULL' ? { kind: 'INT64' as const } : typed.type);
  const value = coerce(typed, wanted);
  if (value === undefined)
    throw queryError(
      `Cannot coerce expression of type ${typeName(typed.type)} to type ${typeName(wanted)}`,
      here.text,
      expression.at,
    );
  const plan = { sql: `SELECT ${value.sql} AS v`, columns: [], isValueTable: false };
  const { scans } = context;
  requireFilters(scans);
  run.bytesProcessed += await estimateBytes(
    { kind: 'query', plan: { ...plan, scans }, scans },
    session,
  );
  const sql = fillIn(plan.sql, values, session.nowMicros);
  const result = await (writer === null ? engine.warehouse.read(sql) : writer.run(sql));
  const rows = await result.getRows();
  return { type: wanted, sql: literalOf(rows[0]?.[0], wanted) };
}

export async function isTrue(condition: Expression, run: Run, here: Activation): Promise<boolean> {
  const { sql } = await evaluate(condition, BOOL, run, here);
  return sql === "CAST('true' AS BOOLEAN)";
}

/** The text that a STRING expression gives; null for NULL. */
export async function plainText(
  expression: Expression,
  run: Run,
  here: Activation,
): Promise<string | null> {
  const { sql } = await evaluate(expression, STRING, run, here);
  const quoted = /^CAST\('([\s\S]*)' AS VARCHAR\)$/.exec(sql)?.[1];
  return quoted === undefined ? null : quoted.replaceAll("''", "'");
}

export function typeOfVariable(name: string, statement: Statement, here: Activation): SqlType {
  const type = here.variables.typeOf(name);
  if (type === undefined) throw queryError(`Undeclared variable: ${name}`, here.text, statement.at);
  return type;
}
