import { catalogOf } from './catalog.ts';
import { temporaryFunction } from './define-routine.ts';
import { BigQueryError, queryError } from './errors.ts';
import { parseScript } from './googlesql/parse-statement.ts';
import type { Statement } from './googlesql/statement-syntax.ts';
import type { Expression } from './googlesql/syntax.ts';
import { openContext } from './googlesql/translate.ts';
import {
  duckType,
  NULL_TYPE,
  text as quoteText,
  STRING,
  sameType,
  structOf,
  typeName,
} from './googlesql/types.ts';
import { typeOf } from './googlesql/written-types.ts';
import { executeImmediate } from './script-execute.ts';
import {
  type Activation,
  count,
  evaluate,
  isTrue,
  plainText,
  type Run,
  rowsOfQuery,
  type Step,
  sessionOf,
  step,
  typeOfVariable,
} from './script-run.ts';
import { openTransaction } from './script-transaction.ts';
import { literalOf, openVariables } from './script-variables.ts';
import { prepare, type Session } from './statements.ts';
import { dropTemporary, temporaryDataset } from './temporary-tables.ts';

/** How a list of statements ended; a jump to a label has it after a colon. */
type Flow = 'next' | 'break' | 'continue' | 'return' | `${'break' | 'continue'}:${string}`;
type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/**
 * Runs a multi-statement script, and gives the statements that ran, in order, and what they read.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language
 */
export async function runScript(
  statements: readonly Statement[],
  text: string,
  session: Session,
): Promise<{ readonly steps: readonly Step[]; readonly bytesProcessed: number }> {
  const run: Run = {
    transaction: openTransaction(session.engine.warehouse),
    steps: [],
    bytesProcessed: 0,
    count: 0,
    statement: '',
  };
  const temporary = temporaryDataset(session.project);
  const variables = openVariables(session.types, session.values);
  variables.setSystem('@project_id', STRING, quoteText(session.project));
  try {
    await runAll(statements, run, {
      text,
      session: { ...session, temporary },
      variables,
      functions: new Map(session.functions),
      procedure: null,
      callers: [],
      handled: [],
    });
    return run;
  } finally {
    // A script that ends inside a transaction takes it back.
    await run.transaction.end('rollback');
    await dropTemporary(session.engine, temporary);
  }
}

async function runAll(list: readonly Statement[], run: Run, here: Activation): Promise<Flow> {
  for (const statement of list) {
    const flow = await runOne(statement, run, here);
    if (flow !== 'next') return flow;
  }
  return 'next';
}

async function runOne(statement: Statement, run: Run, here: Activation): Promise<Flow> {
  count(run);
  run.statement = here.text.slice(statement.at, statement.end);
  const { variables } = here;
  switch (statement.kind) {
    case 'transaction':
      await transact(statement, run, here);
      return 'next';
    case 'declare':
      await declare(statement, run, here);
      return 'next';
    case 'set':
      await assign(statement, run, here);
      return 'next';
    case 'block':
      return block(statement, run, here);
    case 'if': {
      for (const branch of statement.branches)
        if (await isTrue(branch.condition, run, here)) return runAll(branch.body, run, here);
      return runAll(statement.otherwise, run, here);
    }
    case 'while':
      return loop(statement, run, async () =>
        (await isTrue(statement.condition, run, here))
          ? runAll(statement.body, run, here)
          : 'break',
      );
    case 'loop':
      return loop(statement, run, () => runAll(statement.body, run, here));
    case 'repeat':
      return loop(statement, run, async () => {
        const flow = await runAll(statement.body, run, here);
        if (flow !== 'next' && !isFor('continue', flow, statement)) return flow;
        return (await isTrue(statement.until, run, here)) ? 'break' : 'next';
      });
    case 'for':
      return forEach(statement, run, here);
    case 'jump':
      return statement.label === null || statement.to === 'return'
        ? statement.to
        : `${statement.to}:${statement.label}`;
    case 'raise': {
      const handled = here.handled.at(-1);
      if (statement.message === null && handled !== undefined) throw handled;
      const message = statement.message && (await plainText(statement.message, run, here));
      throw new BigQueryError('invalidQuery', message ?? 'Unknown error', { location: 'query' });
    }
    case 'assert':
      if (!(await isTrue(statement.condition, run, here)))
        throw queryError(statement.message ?? 'Assertion failed', here.text, statement.at);
      return 'next';
    case 'call':
      await call(statement, run, here);
      return 'next';
    case 'execute':
      await executeImmediate(statement, run, here);
      return 'next';
    case 'createRoutine': {
      if (!statement.isTemporary) break;
      const shape = temporaryFunction(statement, here.text, sessionOf(run, here));
      here.functions.set(shape.title.toLowerCase(), shape);
      return 'next';
    }
    default:
  }
  const session = sessionOf(run, here);
  const prepared = prepare(statement, here.text, session);
  const outcome = await step(prepared, statement, session, run, here);
  if (outcome.dml !== null) {
    const { inserted, updated, deleted } = outcome.dml;
    variables.setSystem('@row_count', { kind: 'INT64' }, `${inserted + updated + deleted}::BIGINT`);
  }
  return 'next';
}

/** True for a jump to this loop or block, with a label or, for loops, without. */
function isFor(
  to: 'break' | 'continue',
  flow: Flow,
  { kind, label }: { readonly kind: string; readonly label: string | null },
): boolean {
  return (flow === to && kind !== 'block') || (label !== null && flow === `${to}:${label}`);
}

async function loop(
  statement: Of<'loop' | 'while' | 'repeat'>,
  run: Run,
  round: () => Promise<Flow>,
): Promise<Flow> {
  while (true) {
    count(run);
    const flow = await round();
    if (isFor('break', flow, statement)) return 'next';
    if (flow !== 'next' && !isFor('continue', flow, statement)) return flow;
  }
}

async function transact(statement: Of<'transaction'>, run: Run, here: Activation): Promise<void> {
  const { transaction } = run;
  const isOpen = transaction.writer() !== null;
  if (statement.verb === 'BEGIN') {
    if (isOpen) throw queryError('Transaction is already in progress', here.text, statement.at);
    return transaction.begin();
  }
  if (!isOpen) throw queryError('There is no active transaction', here.text, statement.at);
  return transaction.end(statement.verb === 'COMMIT' ? 'commit' : 'rollback');
}

/** What BEGIN does not see through, its handler gets; what is no error of a query passes by. */
async function block(statement: Of<'block'>, run: Run, here: Activation): Promise<Flow> {
  const { variables, handled } = here;
  const { handler } = statement;
  try {
    const flow = await variables.block(() => runAll(statement.body, run, here));
    return isFor('break', flow, statement) ? 'next' : flow;
  } catch (error) {
    if (handler === null || !(error instanceof BigQueryError)) throw error;
    handled.push(error);
    variables.setSystem('@error.message', STRING, quoteText(error.message));
    variables.setSystem('@error.statement_text', STRING, quoteText(run.statement));
    try {
      const flow = await variables.block(() => runAll(handler, run, here));
      return isFor('break', flow, statement) ? 'next' : flow;
    } finally {
      handled.pop();
    }
  }
}

async function forEach(statement: Of<'for'>, run: Run, here: Activation): Promise<Flow> {
  const { variables } = here;
  const { columns, rows } = await rowsOfQuery(statement, run, here);
  const type = structOf(columns);
  return variables.block(async () => {
    if (!variables.declare(statement.variable, type, `CAST(NULL AS ${duckType(type)})`))
      throw redeclared(statement.variable, statement, here);
    for (const row of rows) {
      count(run);
      const values = row.map((value, index) => ({ value, column: columns[index] }));
      const fields = values.map(({ value, column }) =>
        column === undefined
          ? ''
          : `"${column.name.replaceAll('"', '""')}" := ${literalOf(value, column.type)}`,
      );
      variables.assign(statement.variable, `struct_pack(${fields.join(', ')})`);
      const flow = await runAll(statement.body, run, here);
      if (isFor('break', flow, statement)) break;
      if (flow !== 'next' && !isFor('continue', flow, statement)) return flow;
    }
    return 'next';
  });
}

async function declare(statement: Of<'declare'>, run: Run, here: Activation): Promise<void> {
  const { engine, project, defaultDataset, temporary } = here.session;
  const catalog = catalogOf(engine.store, project, defaultDataset, temporary);
  const context = openContext(here.text, catalog, new Map());
  const type = statement.type === null ? null : typeOf(statement.type, context);
  const value =
    statement.value === null
      ? { type: type ?? NULL_TYPE, sql: `CAST(NULL AS ${duckType(type ?? NULL_TYPE)})` }
      : await evaluate(statement.value, type, run, here);
  for (const name of statement.names)
    if (!here.variables.declare(name, value.type, value.sql))
      throw redeclared(name, statement, here);
}

function redeclared(name: string, statement: Statement, { text }: Activation): BigQueryError {
  return queryError(`Variable '${name}' redeclaration is not allowed`, text, statement.at);
}

async function assign(statement: Of<'set'>, run: Run, here: Activation): Promise<void> {
  const { names, value } = statement;
  const types = names.map((name) => typeOfVariable(name, statement, here));
  const [name = '', ...more] = names;
  if (more.length === 0) {
    const result = await evaluate(value, types[0] ?? null, run, here);
    here.variables.assign(name, result.sql);
    return;
  }
  const fields = types.map((type, index) => ({ name: `f${index}`, type }));
  const result = await evaluate(value, structOf(fields), run, here);
  for (const [index, each] of names.entries()) {
    const type = types[index] ?? NULL_TYPE;
    const field = `struct_extract(${result.sql}, 'f${index}')`;
    here.variables.assign(each, `CAST(${field} AS ${duckType(type)})`);
  }
}

/** Procedures call each other this deep at most, as in BigQuery. */
const MOST_CALLS = 50;

async function call(statement: Of<'call'>, run: Run, here: Activation): Promise<void> {
  const { engine, project, defaultDataset } = here.session;
  const shape = catalogOf(engine.store, project, defaultDataset).routine(statement.path);
  const fail = (message: string): never => {
    throw queryError(message, here.text, statement.at);
  };
  if (shape?.kind !== 'PROCEDURE') return fail(`Procedure not found: ${statement.path.join('.')}`);
  const { parameters, title } = shape;
  if (parameters.length !== statement.args.length)
    fail(`Procedure ${title} takes ${parameters.length} arguments, got ${statement.args.length}`);
  if (MOST_CALLS <= here.callers.length)
    fail(`Procedures call each other more than ${MOST_CALLS} deep`);
  const variables = openVariables(new Map(), new Map());
  variables.setSystem('@project_id', STRING, quoteText(here.session.project));
  const back: [parameter: string, variable: string][] = [];
  for (const [index, { name, type, mode }] of parameters.entries()) {
    const arg = statement.args[index] as Expression;
    if (mode !== 'IN') {
      const variable = arg.kind === 'path' && arg.parts.length === 1 ? (arg.parts[0] ?? '') : '';
      const own =
        here.variables.typeOf(variable) ?? fail(`Argument ${name} of ${title} must be a variable`);
      if (type !== null && !sameType(own, type))
        fail(`Argument ${name} of ${title} must have type ${typeName(type)}, got ${typeName(own)}`);
      back.push([name, variable]);
    }
    const value =
      mode === 'OUT' && type !== null
        ? { type, sql: `CAST(NULL AS ${duckType(type)})` }
        : await evaluate(arg, type, run, here);
    variables.declare(name, value.type, value.sql);
  }
  const place = { text: here.text, statement, procedure: here.procedure };
  await runAll(parseScript(shape.body), run, {
    text: shape.body,
    session: { ...here.session, project: shape.project ?? project, defaultDataset: null },
    variables,
    functions: new Map(),
    procedure: title,
    callers: [place, ...here.callers],
    handled: [],
  });
  for (const [parameter, variable] of back)
    here.variables.assign(variable, variables.valueOf(parameter));
}
