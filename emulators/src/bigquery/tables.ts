import { catalogOf } from './catalog.ts';
import { merged, stamped } from './datasets.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { expirePartitions } from './expire-partitions.ts';
import { parseQueryText } from './googlesql/parse-statement.ts';
import { openContext, planQuery } from './googlesql/translate.ts';
import { duckType, quote } from './googlesql/types.ts';
import { forgetTable, saveTable, tableOf } from './persistence.ts';
import { type Field, fieldOfType, normalizeFields, typeOfField } from './schema.ts';
import { duckName, type Resource, requireDataset, requireTable, type Table } from './store.ts';
import { qualified, type Writer } from './warehouse.ts';

type Where = Pick<Table, 'project' | 'dataset' | 'table'>;

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
const TABLE_NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u;

export function createTable(
  engine: Engine,
  project: string,
  dataset: string,
  given: Resource,
): Promise<Table> {
  const table = (given.tableReference as { tableId?: string } | undefined)?.tableId ?? '';
  return engine.warehouse.write((writer) =>
    createTableIn(engine, writer, { project, dataset, table }, given, null),
  );
}

/** Creates a table within a change that is under way, from `query` (DuckDB text) if one is given. */
export async function createTableIn(
  engine: Engine,
  writer: Writer,
  where: Where,
  given: Resource,
  query: string | null,
): Promise<Table> {
  const { project, dataset, table } = where;
  if (!TABLE_NAME.test(table)) throw new BigQueryError('invalid', `Invalid table ID "${table}".`);
  if (engine.store.table(project, dataset, table) !== undefined) {
    throw new BigQueryError('duplicate', `Already Exists: Table ${project}:${dataset}.${table}`);
  }
  engine.store.requireRoom('tables');
  const made = describe(engine, where, withDefaults(engine, where, given), given);
  await writer.transaction(async () => {
    if (made.viewQuery === null) {
      // A table that expired is still there for DuckDB.
      await writer.run(`DROP TABLE IF EXISTS ${qualified(duckName(made))}`);
      await writer.run(`CREATE TABLE ${qualified(duckName(made))} (${columnList(made)})`);
      if (query !== null)
        await writer.run(
          `INSERT INTO ${qualified(duckName(made))} ${partitionedQuery(made, query)}`,
        );
    }
    await saveTable(writer, made);
  });
  engine.store.putTable(made);
  return made;
}

/**
 * A new table takes the expiration of its dataset where it has none of its own: for its partitions
 * or, failing that, for itself.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset
 */
function withDefaults(engine: Engine, where: Where, given: Resource): Resource {
  const { resource } = requireDataset(engine.store, where);
  const tableMs = Number(resource.defaultTableExpirationMs ?? 0);
  const partitionMs = Number(resource.defaultPartitionExpirationMs ?? 0);
  const time = given.timePartitioning as Resource | undefined;
  if (time !== undefined && 0 < partitionMs)
    return { ...given, timePartitioning: { expirationMs: String(partitionMs), ...time } };
  const expirationTime = String(Math.round(engine.now()) + tableMs);
  return 0 < tableMs ? { expirationTime, ...given } : given;
}

/** Rows of an ingestion-time partitioned table know when they came. */
function partitionedQuery(table: Table, query: string): string {
  if (table.partition?.column !== '_PARTITIONTIME') return query;
  return `SELECT *, date_trunc('${table.partition.unit.toLowerCase()}', now()) FROM (${query})`;
}

/** Checks a table resource and brings it into the API's normal form. */
function describe(
  engine: Engine,
  { project, dataset, table }: Where,
  given: Resource,
  old: Resource,
): Table {
  const view = given.view as { query?: string; useLegacySql?: boolean } | undefined;
  for (const kind of [
    'materializedView',
    'externalDataConfiguration',
    'snapshotDefinition',
    'cloneDefinition',
  ]) {
    if (given[kind] !== undefined) {
      throw new BigQueryError(
        'notImplemented',
        `bigquery.tables.insert with ${kind} is not supported by the local emulator`,
      );
    }
  }
  if (view?.useLegacySql === true)
    throw new BigQueryError('notImplemented', 'Legacy SQL is not supported by the local emulator');
  const declared = (given.schema as { fields?: Field[] } | undefined)?.fields ?? [];
  const fields =
    view === undefined
      ? normalizeFields(declared)
      : viewFields(engine, project, view.query ?? '', declared);
  const resource = stamped(engine, { ...given, schema: { fields } }, old);
  return tableOf(project, dataset, table, resource);
}

/** A view's columns come from its query; descriptions stay from what was declared. */
function viewFields(
  engine: Engine,
  project: string,
  query: string,
  declared: readonly Field[],
): Field[] {
  const context = openContext(query, catalogOf(engine.store, project, null), new Map());
  return planQuery(parseQueryText(query), context).columns.map((column, index) => {
    const own = declared[index];
    const field = fieldOfType(own?.name ?? column.name, column.type);
    return own?.description === undefined ? field : { ...field, description: own.description };
  });
}

function columnList(table: Table): string {
  const columns = table.columns.map(
    (column) =>
      `${quote(column.name)} ${duckType(column.type)}${column.required ? ' NOT NULL' : ''}`,
  );
  if (table.partition?.column === '_PARTITIONTIME') columns.push('"_PARTITIONTIME" TIMESTAMPTZ');
  // DuckDB has no table without columns; BigQuery has.
  return columns.length === 0 ? '"_empty" BOOLEAN' : columns.join(', ');
}

/** PATCH and PUT: metadata, and new columns at the end; a REQUIRED column may become NULLABLE. */
export function changeTable(
  engine: Engine,
  where: Where,
  change: Resource,
  isPatch: boolean,
): Promise<Table> {
  return engine.warehouse.write(async (writer) => {
    const old = requireTable(engine.store, where);
    // `bq update` sends a schema without fields where it means to leave it alone.
    const fields = (change.schema as { fields?: Field[] } | undefined)?.fields ?? [];
    const schema = 0 < fields.length ? change.schema : old.resource.schema;
    const resource = { ...(isPatch ? merged(old.resource, change) : change), schema };
    const made = describe(engine, where, resource, old.resource);
    const alterations = made.viewQuery === null ? alter(old, made) : [];
    if (0 < alterations.length) writer.forget(duckName(old));
    await writer.transaction(async () => {
      for (const statement of alterations) await writer.run(statement);
      await saveTable(writer, made);
    });
    engine.store.putTable(made);
    return made;
  });
}

function alter(old: Table, made: Table): string[] {
  const name = qualified(duckName(old));
  const statements: string[] = [];
  for (const field of old.fields) {
    const now = made.fields.find((each) => each.name.toLowerCase() === field.name.toLowerCase());
    const reject = (what: string): never => {
      throw new BigQueryError(
        'invalid',
        `Provided Schema does not match Table ${old.project}:${old.dataset}.${old.table}. ${what}`,
      );
    };
    if (now === undefined) return reject(`Field ${field.name} is missing in new schema`);
    if (JSON.stringify(typeOfField(now)) !== JSON.stringify(typeOfField(field))) {
      return reject(`Field ${field.name} has changed type from ${field.type} to ${now.type}`);
    }
    if (now.mode !== field.mode) {
      if (field.mode !== 'REQUIRED')
        return reject(`Field ${field.name} has changed mode from ${field.mode} to ${now.mode}`);
      statements.push(`ALTER TABLE ${name} ALTER COLUMN ${quote(field.name)} DROP NOT NULL`);
    }
  }
  for (const column of made.columns) {
    if (old.columns.some((each) => each.name.toLowerCase() === column.name.toLowerCase())) continue;
    if (column.required)
      throw new BigQueryError(
        'invalid',
        `Cannot add required fields to an existing schema. (field: ${column.name})`,
      );
    const empty = column.type.kind === 'ARRAY' ? ' DEFAULT []' : '';
    statements.push(
      `ALTER TABLE ${name} ADD COLUMN ${quote(column.name)} ${duckType(column.type)}${empty}`,
    );
  }
  return statements;
}

export function deleteTable(engine: Engine, where: Where): Promise<void> {
  return engine.warehouse.write((writer) => deleteTableIn(engine, writer, where));
}

export async function deleteTableIn(engine: Engine, writer: Writer, where: Where): Promise<void> {
  const table = requireTable(engine.store, where);
  writer.forget(duckName(table));
  await writer.transaction(async () => {
    if (table.viewQuery === null) await writer.run(`DROP TABLE ${qualified(duckName(table))}`);
    await forgetTable(writer, table);
  });
  engine.store.dropTable(table);
}

export async function showTable(engine: Engine, table: Table): Promise<object> {
  const { project, dataset, resource } = table;
  const isView = table.viewQuery !== null;
  const sql = qualified(duckName(table));
  if (!isView) await expirePartitions(engine, { ...table, sql });
  const rows = isView ? null : await engine.warehouse.read(`SELECT count(*) FROM ${sql}`);
  const count = rows === null ? {} : { numRows: String((await rows.getRows())[0]?.[0] ?? 0) };
  return {
    kind: 'bigquery#table',
    id: `${project}:${dataset}.${table.table}`,
    selfLink: `/bigquery/v2/projects/${project}/datasets/${dataset}/tables/${table.table}`,
    type: isView ? 'VIEW' : 'TABLE',
    location: 'US',
    ...resource,
    ...count,
    tableReference: { projectId: project, datasetId: dataset, tableId: table.table },
  };
}
