import { catalogOf } from './catalog.ts';
import { createDataset, deleteDataset } from './datasets.ts';
import { ddlStatistics } from './ddl-statistics.ts';
import { createRoutine, dropRoutine } from './define-routine.ts';
import { BigQueryError, queryError, unsupported } from './errors.ts';
import type { ColumnDefinition, Options, Statement } from './googlesql/statement-syntax.ts';
import type { Expression, TypeSyntax } from './googlesql/syntax.ts';
import { fillIn, openContext, planQuery } from './googlesql/translate.ts';
import { translateStoredQuery } from './googlesql/translate-statement.ts';
import { typeOf } from './googlesql/written-types.ts';
import { NO_ROWS } from './results.ts';
import { type Field, fieldOfType } from './schema.ts';
import type { Outcome, Session } from './statements.ts';
import type { Resource, Table } from './store.ts';
import { changeTable, createTableIn, deleteTableIn } from './tables.ts';
import { placeTable } from './temporary-tables.ts';

type Of<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;
type Where = Pick<Table, 'project' | 'dataset' | 'table'>;

/** Runs CREATE, ALTER and DROP. */
export async function runDefinition(
  given: Statement,
  text: string,
  session: Session,
): Promise<Outcome> {
  if (session.writer !== null)
    throw unsupported('Statement', 'DDL in a transaction', text, given.at);
  const statement = given.kind === 'createTable' ? await placeTable(given, text, session) : given;
  // What was there before says what the statement does.
  const ddl = ddlStatistics(statement, session);
  const done = (statementType: string): Outcome => ({
    statementType,
    columns: null,
    rows: NO_ROWS,
    dml: null,
    ddl,
  });
  switch (statement.kind) {
    case 'createTable':
      await create(statement, text, session, tableResource(statement, text, session));
      return done(statement.query === null ? 'CREATE_TABLE' : 'CREATE_TABLE_AS_SELECT');
    case 'createView':
      await create(statement, text, session, viewResource(statement, session));
      return done('CREATE_VIEW');
    case 'createSchema':
      await createSchema(statement, text, session);
      return done('CREATE_SCHEMA');
    case 'createRoutine':
      await createRoutine(statement, text, session);
      return done(`CREATE_${statement.what.replace(' ', '_')}`);
    case 'drop':
      await drop(statement, session);
      return done(`DROP_${statement.what.replace(' ', '_')}`);
    case 'addColumns':
      await addColumns(statement, text, session);
      return done('ALTER_TABLE');
    default:
      throw unsupported(
        'Statement outside a script',
        statement.kind.toUpperCase(),
        text,
        statement.at,
      );
  }
}

function locate(path: readonly string[], session: Session): Where {
  return catalogOf(
    session.engine.store,
    session.project,
    session.defaultDataset,
    session.temporary,
  ).locate(path);
}

interface NewTable {
  readonly resource: Resource;
  /** DuckDB text of the rows. */
  readonly rows: string | null;
}

function create(
  statement: Of<'createTable' | 'createView'>,
  text: string,
  session: Session,
  made: NewTable,
): Promise<unknown> {
  const { engine } = session;
  const where = locate(statement.table, session);
  return engine.warehouse.write(async (writer) => {
    const exists = engine.store.table(where.project, where.dataset, where.table) !== undefined;
    if (exists && statement.ifNotExists) return;
    if (exists && !statement.orReplace) {
      throw queryError(
        `Already Exists: Table ${where.project}:${where.dataset}.${where.table}`,
        text,
        statement.at,
      );
    }
    await writer.transaction(async () => {
      // The rows may come from the table that is replaced.
      const staged = made.rows === null ? null : 'SELECT * FROM temp.bq_staged';
      if (made.rows !== null)
        await writer.run(`CREATE OR REPLACE TEMP TABLE bq_staged AS ${made.rows}`);
      if (exists) await deleteTableIn(engine, writer, where);
      await createTableIn(engine, writer, where, made.resource, staged);
    });
  });
}

function tableResource(statement: Of<'createTable'>, text: string, session: Session): NewTable {
  const context = openContext(
    text,
    catalogOf(session.engine.store, session.project, session.defaultDataset, session.temporary),
    session.types,
    session.functions,
  );
  const declared = statement.columns.map((column) => fieldOf(column, text, session));
  if (statement.query === null) {
    if (declared.length === 0)
      throw queryError('CREATE TABLE without a column list needs AS query', text, statement.at);
    return {
      resource: { schema: { fields: declared }, ...tableOptions(statement, text) },
      rows: null,
    };
  }
  const plan = planQuery(statement.query, context);
  if (0 < declared.length && declared.length !== plan.columns.length) {
    throw queryError(
      'The number of columns in the column definition list does not match the number of columns produced by the query',
      text,
      statement.at,
    );
  }
  const fields =
    0 < declared.length
      ? declared
      : plan.columns.map((column) => fieldOfType(column.name, column.type));
  const named = {
    ...plan,
    columns: plan.columns.map((column, index) => ({
      ...column,
      name: fields[index]?.name ?? column.name,
    })),
  };
  const rows = fillIn(translateStoredQuery(named), session.values, session.nowMicros);
  return { resource: { schema: { fields }, ...tableOptions(statement, text) }, rows };
}

function fieldOf(column: ColumnDefinition, text: string, session: Session): Field {
  const field = fieldOfSyntax(column.name, column.type, text, session);
  return {
    ...field,
    ...(column.notNull ? { mode: 'REQUIRED' } : {}),
    ...(typeof column.options.description === 'string'
      ? { description: column.options.description }
      : {}),
    ...(column.default === null ? {} : { defaultValueExpression: column.default }),
  };
}

function fieldOfSyntax(name: string, type: TypeSyntax, text: string, session: Session): Field {
  const context = openContext(
    text,
    catalogOf(session.engine.store, session.project, session.defaultDataset, session.temporary),
    session.types,
  );
  return fieldOfType(name, typeOf(type, context));
}

const DAY_MS = 86_400_000;

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#table_option_list */
function tableOptions(statement: Of<'createTable'>, text: string): Resource {
  const { options } = statement;
  const known = [
    'description',
    'friendly_name',
    'labels',
    'expiration_timestamp',
    'partition_expiration_days',
    'require_partition_filter',
  ];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unsupported('Table option', unknown, text, statement.at);
  const expiration = options.partition_expiration_days;
  const partitioning =
    statement.partitionBy === null ? {} : partitioningOf(statement.partitionBy, text);
  const time = partitioning.timePartitioning as Resource | undefined;
  const aged =
    time !== undefined && typeof expiration === 'number'
      ? { timePartitioning: { ...time, expirationMs: String(expiration * DAY_MS) } }
      : {};
  return {
    ...describeOptions(options),
    ...partitioning,
    ...aged,
    ...(statement.clusterBy.length === 0 ? {} : { clustering: { fields: statement.clusterBy } }),
    ...(options.require_partition_filter === true ? { requirePartitionFilter: true } : {}),
    ...(typeof options.expiration_timestamp === 'string'
      ? { expirationTime: String(Date.parse(options.expiration_timestamp)) }
      : {}),
  };
}

function describeOptions(options: Options): Resource {
  const labels = options.labels as [string, string][] | undefined;
  return {
    ...(typeof options.description === 'string' ? { description: options.description } : {}),
    ...(typeof options.friendly_name === 'string' ? { friendlyName: options.friendly_name } : {}),
    ...(labels === undefined ? {} : { labels: Object.fromEntries(labels) }),
  };
}

/** `DATE(ts)`, `TIMESTAMP_TRUNC(ts, HOUR)`, `day`, `_PARTITIONDATE`, `RANGE_BUCKET(n, GENERATE_ARRAY(0, 100, 10))`. */
function partitioningOf(expression: Expression, text: string): Resource {
  const nameOf = (each: Expression | undefined): string | undefined =>
    each?.kind === 'path' ? each.parts[each.parts.length - 1] : undefined;
  const time = (field: string, type: string): Resource => ({
    timePartitioning: field.startsWith('_PARTITION') ? { type } : { type, field },
  });
  const name = nameOf(expression);
  if (name !== undefined) return time(name, 'DAY');
  if (expression.kind === 'call') {
    const column = nameOf(expression.args[0]);
    const unit = nameOf(expression.args[1])?.toUpperCase() ?? 'DAY';
    if (
      column !== undefined &&
      /^(DATE|TIMESTAMP_TRUNC|DATETIME_TRUNC|DATE_TRUNC)$/.test(expression.name)
    )
      return time(column, unit);
    const range = expression.args[1];
    if (
      column !== undefined &&
      expression.name === 'RANGE_BUCKET' &&
      range?.kind === 'call' &&
      range.name === 'GENERATE_ARRAY'
    ) {
      const [start, end, interval] = range.args.map((each) =>
        each.kind === 'int' ? each.value : '1',
      );
      return {
        rangePartitioning: { field: column, range: { start, end, interval: interval ?? '1' } },
      };
    }
  }
  throw queryError(
    'PARTITION BY expression must be DATE(<timestamp_column>), a DATE column, a *_TRUNC of a column, or RANGE_BUCKET(<int64_column>, GENERATE_ARRAY(…))',
    text,
    expression.at,
  );
}

function viewResource(statement: Of<'createView'>, session: Session): NewTable {
  const fields = statement.columns.map((column) => ({
    name: column.name,
    type: 'STRING',
    ...(typeof column.options.description === 'string'
      ? { description: column.options.description }
      : {}),
  }));
  const query = qualifyNames(statement, session);
  return {
    resource: {
      ...describeOptions(statement.options),
      schema: { fields },
      view: { query, useLegacySql: false },
    },
    rows: null,
  };
}

/** A view's text may not lean on the default dataset of the job that made it. */
function qualifyNames(statement: Of<'createView'>, session: Session): string {
  const context = openContext(
    statement.queryText,
    catalogOf(session.engine.store, session.project, null),
    new Map(),
  );
  planQuery(statement.query, { ...context, text: statement.queryText });
  return statement.queryText;
}

/** Source: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#schema_option_list */
const SCHEMA_OPTIONS: ReadonlySet<string> = new Set([
  'description',
  'friendly_name',
  'labels',
  'location',
  'default_table_expiration_days',
  'default_partition_expiration_days',
]);

async function createSchema(
  statement: Of<'createSchema'>,
  text: string,
  session: Session,
): Promise<void> {
  const { project, dataset } = schemaOf(statement.path, session);
  const {
    location,
    default_table_expiration_days: days,
    default_partition_expiration_days: partitionDays,
  } = statement.options;
  const unknown = Object.keys(statement.options).find((name) => !SCHEMA_OPTIONS.has(name));
  if (unknown !== undefined) throw unsupported('Schema option', unknown, text, statement.at);
  if (statement.ifNotExists && session.engine.store.dataset(project, dataset) !== undefined) return;
  await createDataset(session.engine, project, {
    datasetReference: { projectId: project, datasetId: dataset },
    ...describeOptions(statement.options),
    ...(typeof location === 'string' ? { location } : {}),
    ...(typeof days === 'number' ? { defaultTableExpirationMs: String(days * DAY_MS) } : {}),
    ...(typeof partitionDays === 'number'
      ? { defaultPartitionExpirationMs: String(partitionDays * DAY_MS) }
      : {}),
  });
}

function schemaOf(path: readonly string[], session: Session): { project: string; dataset: string } {
  const [first = '', second] = path;
  return second === undefined
    ? { project: session.project, dataset: first }
    : { project: first, dataset: second };
}

async function drop(statement: Of<'drop'>, session: Session): Promise<void> {
  const { engine } = session;
  const { what } = statement;
  if (what === 'FUNCTION' || what === 'TABLE FUNCTION' || what === 'PROCEDURE')
    return dropRoutine(what, statement.path, statement.ifExists, session);
  if (what === 'SCHEMA') {
    const where = schemaOf(statement.path, session);
    if (statement.ifExists && engine.store.dataset(where.project, where.dataset) === undefined)
      return;
    await deleteDataset(engine, where, statement.cascade);
    return;
  }
  const where = locate(statement.path, session);
  await engine.warehouse.write(async (writer) => {
    const table = engine.store.table(where.project, where.dataset, where.table);
    if (table === undefined && statement.ifExists) return;
    const isView = table !== undefined && table.viewQuery !== null;
    if (table !== undefined && isView !== (statement.what === 'VIEW')) {
      throw new BigQueryError(
        'invalidQuery',
        `Cannot drop ${where.project}:${where.dataset}.${where.table} which has type ${isView ? 'VIEW' : 'TABLE'}. An object of type ${statement.what} was expected.`,
        { location: 'query' },
      );
    }
    await deleteTableIn(engine, writer, where);
  });
}

async function addColumns(
  statement: Of<'addColumns'>,
  text: string,
  session: Session,
): Promise<void> {
  const where = locate(statement.table, session);
  const table = session.engine.store.table(where.project, where.dataset, where.table);
  const fields = [...(table?.fields ?? [])];
  for (const column of statement.columns) {
    const exists = fields.some((field) => field.name.toLowerCase() === column.name.toLowerCase());
    if (exists && column.ifNotExists) continue;
    if (exists) throw queryError(`Column already exists: ${column.name}`, text, statement.at);
    fields.push(fieldOf(column, text, session));
  }
  await changeTable(session.engine, where, { schema: { fields } }, true);
}
