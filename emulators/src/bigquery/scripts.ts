import {
  type DuckDBBlobValue,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { catalogOf } from './catalog.ts';
import { temporaryFunction } from './define-routine.ts';
import { BigQueryError, queryError } from './errors.ts';
import { EMPTY_SCOPE } from './googlesql/scope.ts';
import type { Expression, Statement } from './googlesql/syntax.ts';
import { fillIn, openContext } from './googlesql/translate.ts';
import { coerce } from './googlesql/typed.ts';
import {
  duckFieldName,
  duckType,
  NULL_TYPE,
  quote,
  text as quoteText,
  type SqlType,
  typeName,
} from './googlesql/types.ts';
import { typeOf } from './googlesql/written-types.ts';
import { execute, type Outcome, prepare, type Session } from './statements.ts';

import type { Writer } from './warehouse.ts';

/** What the statements of a script gave, in the order they ran. */
export type Step = Outcome & { readonly statement: Statement };

/** A WHILE that runs longer is taken for endless. */
const MOST_STEPS = 10_000;

/** Runs a multi-statement script. Source: …/standard-sql/procedural-language */
export async function runScript(
  statements: readonly Statement[],
  text: string,
  session: Session,
): Promise<Step[]> {
  const types = new Map(session.types);
  const values = new Map(session.values);
  const functions = new Map(session.functions);
  const steps: Step[] = [];
  let transaction: {
    writer: Writer;
    release: (result: 'commit' | 'rollback') => void;
    ended: Promise<void>;
  } | null = null;

  const current = (): Session => ({
    ...session,
    types,
    values,
    functions,
    writer: transaction?.writer ?? null,
  });

  async function evaluate(
    expression: Expression,
    type: SqlType | null,
  ): Promise<{ type: SqlType; sql: string }> {
    const now = current();
    const context = openContext(
      text,
      catalogOf(now.engine.store, now.project, now.defaultDataset),
      types,
      functions,
    );
    const typed = context.translateExpression(expression, EMPTY_SCOPE, context);
    const wanted = type ?? (typed.type.kind === 'NULL' ? { kind: 'INT64' as const } : typed.type);
    const value = coerce(typed, wanted);
    if (value === undefined)
      throw queryError(
        `Cannot coerce expression of type ${typeName(typed.type)} to type ${typeName(wanted)}`,
        text,
        expression.at,
      );
    const sql = fillIn(`SELECT ${value.sql} AS v`, values, now.nowMicros);
    const result = await (now.writer === null
      ? now.engine.warehouse.read(sql)
      : now.writer.run(sql));
    const rows = await result.getRows();
    return { type: wanted, sql: literalOf(rows[0]?.[0], wanted) };
  }

  async function isTrue(condition: Expression): Promise<boolean> {
    const { sql } = await evaluate(condition, { kind: 'BOOL' });
    return sql === "CAST('true' AS BOOLEAN)";
  }

  async function begin(at: number): Promise<void> {
    if (transaction !== null) throw queryError('Transaction is already in progress', text, at);
    const { promise: result, resolve: release } = Promise.withResolvers<'commit' | 'rollback'>();
    const { promise: started, resolve: start } = Promise.withResolvers<Writer>();
    const ended = session.engine.warehouse.write(async (writer) => {
      await writer.begin();
      start(writer);
      if ((await result) === 'commit') await writer.commit();
      else await writer.rollback();
    });
    transaction = { writer: await started, release, ended };
  }

  async function end(verb: 'commit' | 'rollback', at: number): Promise<void> {
    if (transaction === null) throw queryError('There is no active transaction', text, at);
    const { release, ended } = transaction;
    transaction = null;
    release(verb);
    await ended;
  }

  async function run(list: readonly Statement[]): Promise<void> {
    for (const statement of list) await runOne(statement);
  }

  async function runOne(statement: Statement): Promise<void> {
    if (MOST_STEPS < steps.length)
      throw new BigQueryError(
        'resourcesExceeded',
        `The script ran more than ${MOST_STEPS} statements`,
      );
    switch (statement.kind) {
      case 'transaction':
        return statement.verb === 'BEGIN'
          ? begin(statement.at)
          : end(statement.verb === 'COMMIT' ? 'commit' : 'rollback', statement.at);
      case 'declare':
        return declare(statement);
      case 'set':
        return assign(statement);
      case 'block':
        return run(statement.body);
      case 'if': {
        for (const branch of statement.branches)
          if (await isTrue(branch.condition)) return run(branch.body);
        return run(statement.otherwise);
      }
      case 'while':
        while (await isTrue(statement.condition)) {
          steps.push({
            statement,
            statementType: 'SCRIPT_STEP',
            columns: null,
            rows: { count: 0, page: () => [] },
            dml: null,
          });
          if (MOST_STEPS < steps.length)
            throw new BigQueryError(
              'resourcesExceeded',
              `The script ran more than ${MOST_STEPS} statements`,
            );
          await run(statement.body);
        }
        return;
      case 'createRoutine': {
        if (!statement.isTemporary) return runPlain(statement);
        const shape = temporaryFunction(statement, text, current());
        functions.set(shape.title.toLowerCase(), shape);
        return;
      }
      default:
        return runPlain(statement);
    }
  }

  async function runPlain(statement: Statement): Promise<void> {
    const outcome = await execute(prepare(statement, text, current()), text, current());
    steps.push({ ...outcome, statement });
  }

  async function declare(statement: Extract<Statement, { kind: 'declare' }>): Promise<void> {
    const context = openContext(
      text,
      catalogOf(session.engine.store, session.project, session.defaultDataset),
      types,
    );
    const type = statement.type === null ? null : typeOf(statement.type, context);
    const value =
      statement.value === null
        ? { type: type ?? NULL_TYPE, sql: `CAST(NULL AS ${duckType(type ?? NULL_TYPE)})` }
        : await evaluate(statement.value, type);
    for (const name of statement.names) {
      const key = `var:${name.toLowerCase()}`;
      if (types.has(key))
        throw queryError(`Variable '${name}' redeclaration is not allowed`, text, statement.at);
      types.set(key, value.type);
      values.set(key, value.sql);
    }
  }

  async function assign(statement: Extract<Statement, { kind: 'set' }>): Promise<void> {
    const key = `var:${statement.name.toLowerCase()}`;
    const type = types.get(key);
    if (type === undefined)
      throw queryError(`Undeclared variable: ${statement.name}`, text, statement.at);
    values.set(key, (await evaluate(statement.value, type)).sql);
  }

  try {
    await run(statements);
    return steps;
  } finally {
    // A script that ends inside a transaction takes it back.
    if (transaction !== null) await end('rollback', 0);
  }
}

/** A computed value as DuckDB text, so that later statements see the value and not the expression. */
function literalOf(value: DuckDBValue | undefined, type: SqlType): string {
  if (value === null || value === undefined) return `CAST(NULL AS ${duckType(type)})`;
  if (type.kind === 'BYTES')
    return `from_hex('${Buffer.from((value as DuckDBBlobValue).bytes).toString('hex')}')`;
  if (value instanceof DuckDBListValue && type.kind === 'ARRAY') {
    const items = value.items.map((item) => literalOf(item, type.element));
    return `CAST([${items.join(', ')}] AS ${duckType(type)})`;
  }
  if (value instanceof DuckDBStructValue && type.kind === 'STRUCT') {
    const fields = type.fields.map((field, index) => {
      const name = duckFieldName(field.name, index);
      return `${quote(name)} := ${literalOf(value.entries[name], field.type)}`;
    });
    return `struct_pack(${fields.join(', ')})`;
  }
  return `CAST(${quoteText(String(value))} AS ${duckType(type)})`;
}
