import { catalogOf } from './catalog.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { expirePartitions } from './expire-partitions.ts';
import { parseQueryText } from './googlesql/parse-statement.ts';
import { openContext, planQuery } from './googlesql/translate.ts';
import { quote } from './googlesql/types.ts';
import type { JobOutcome } from './jobs.ts';
import { NO_ROWS } from './results.ts';
import { duckName, type Resource, requireTable, type Table } from './store.ts';
import { createTableIn, deleteTableIn } from './tables.ts';
import type { ObjectStore } from './transfer.ts';
import { qualified } from './warehouse.ts';

interface Reference {
  readonly projectId?: string;
  readonly datasetId: string;
  readonly tableId: string;
}

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationExtract */
export interface ExtractConfiguration {
  readonly sourceTable: Reference;
  readonly destinationUris?: readonly string[];
  readonly destinationFormat?: string;
  readonly printHeader?: boolean;
  readonly fieldDelimiter?: string;
  readonly compression?: string;
}

/** Writes a table to one object, as CSV or as lines of JSON. */
export async function runExtract(
  engine: Engine,
  objects: ObjectStore,
  project: string,
  extract: ExtractConfiguration,
): Promise<JobOutcome> {
  const table = requireTable(engine.store, whereOf(extract.sourceTable, project));
  const format = extract.destinationFormat?.toUpperCase() ?? 'CSV';
  const isJson = format === 'NEWLINE_DELIMITED_JSON';
  if (!isJson && format !== 'CSV')
    throw new BigQueryError(
      'notImplemented',
      `Extracting ${format} is not supported by the local emulator`,
    );
  if (extract.compression !== undefined && extract.compression !== 'NONE')
    throw new BigQueryError(
      'notImplemented',
      `Compression ${extract.compression} is not supported by the local emulator`,
    );
  const lines = isJson ? await jsonLines(engine, table) : await csvLines(engine, table, extract);
  const [uri] = extract.destinationUris ?? [];
  if (uri === undefined)
    throw new BigQueryError('required', 'Required parameter is missing: destinationUris');
  await objects.write(
    uri.replace('*', '000000000000'),
    Buffer.from(lines.map((line) => `${line}\n`).join('')),
    isJson ? 'application/json' : 'text/csv',
  );
  return done({ extract: { destinationUriFileCounts: ['1'] } });
}

/** GoogleSQL writes the rows, so that each type has the form that BigQuery gives it. */
async function column(engine: Engine, table: Table, expression: string): Promise<string[][]> {
  const sql = `SELECT ${expression} FROM \`${table.project}\`.\`${table.dataset}\`.\`${table.table}\` AS t`;
  const plan = planQuery(
    parseQueryText(sql),
    openContext(sql, catalogOf(engine.store, table.project, null), new Map()),
  );
  for (const scan of plan.scans) await expirePartitions(engine, scan.table);
  const result = await engine.warehouse.read(plan.sql);
  return (await result.getRows()).map((row) =>
    row.map((value) => (value === null ? '' : String(value))),
  );
}

async function jsonLines(engine: Engine, table: Table): Promise<string[]> {
  const rows = await column(engine, table, 'TO_JSON_STRING(t)');
  // Fields without a value are left out, as in BigQuery's files.
  return rows.map(([line = '{}']) =>
    JSON.stringify(JSON.parse(line, (_, value: unknown) => (value === null ? undefined : value))),
  );
}

async function csvLines(
  engine: Engine,
  table: Table,
  extract: ExtractConfiguration,
): Promise<string[]> {
  const nested = table.columns.find(
    (each) => each.type.kind === 'ARRAY' || each.type.kind === 'STRUCT',
  );
  if (nested !== undefined)
    throw new BigQueryError(
      'invalid',
      `Operation cannot be performed on a nested schema. Field: ${nested.name}`,
    );
  const list = table.columns.map((each, index) =>
    (each.type.kind === 'BYTES'
      ? `TO_BASE64(t.\`${each.name}\`)`
      : `CAST(t.\`${each.name}\` AS STRING)`
    ).concat(` AS c${index}`),
  );
  const rows = await column(engine, table, list.join(', '));
  const delimiter = extract.fieldDelimiter ?? ',';
  const quoted = (cell: string): string =>
    /["\n\r]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const header = extract.printHeader === false ? [] : [table.columns.map((each) => each.name)];
  return [...header, ...rows].map((row) => row.map(quoted).join(delimiter));
}

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationTableCopy */
export interface CopyConfiguration {
  readonly sourceTable?: Reference;
  readonly sourceTables?: readonly Reference[];
  readonly destinationTable: Reference;
  readonly writeDisposition?: string;
}

/** Copies tables into one, with the first one's schema and options. */
export async function runCopy(
  engine: Engine,
  project: string,
  copy: CopyConfiguration,
): Promise<JobOutcome> {
  const sources = (
    copy.sourceTables ?? (copy.sourceTable === undefined ? [] : [copy.sourceTable])
  ).map((each) => requireTable(engine.store, whereOf(each, project)));
  const [first] = sources;
  if (first === undefined)
    throw new BigQueryError('required', 'Required parameter is missing: sourceTable');
  const where = whereOf(copy.destinationTable, project);
  const list = first.columns.map((each) => quote(each.name)).join(', ');
  const rows = sources
    .map((source) => `SELECT ${list} FROM ${qualified(duckName(source))}`)
    .join(' UNION ALL BY NAME ');
  await engine.warehouse.write((writer) =>
    writer.transaction(async () => {
      const old = engine.store.table(where.project, where.dataset, where.table);
      const disposition = copy.writeDisposition ?? 'WRITE_EMPTY';
      if (old !== undefined && disposition === 'WRITE_EMPTY')
        throw new BigQueryError(
          'duplicate',
          `Already Exists: Table ${where.project}:${where.dataset}.${where.table}`,
        );
      if (old !== undefined && disposition === 'WRITE_APPEND') {
        await writer.run(`INSERT INTO ${qualified(duckName(old))} BY NAME ${rows}`);
        return;
      }
      await writer.run(`CREATE OR REPLACE TEMP TABLE bq_staged AS ${rows}`);
      if (old !== undefined) await deleteTableIn(engine, writer, where);
      await createTableIn(engine, writer, where, first.resource, 'SELECT * FROM temp.bq_staged');
    }),
  );
  return done({ copy: {} });
}

function whereOf(
  { projectId, datasetId, tableId }: Reference,
  project: string,
): Pick<Table, 'project' | 'dataset' | 'table'> {
  return { project: projectId ?? project, dataset: datasetId, table: tableId };
}

function done(statistics: Resource): JobOutcome {
  return {
    error: null,
    statementType: null,
    columns: null,
    rows: NO_ROWS,
    dml: null,
    bytesProcessed: 0,
    statistics,
  };
}
