import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import { parseCsv } from './csv.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { quote, text as quoteText } from './googlesql/types.ts';
import { columnsOf, vectorTypes } from './insert-all.ts';
import type { JobOutcome } from './jobs.ts';
import { NO_ROWS } from './results.ts';
import { decodeRow, RowError } from './rows.ts';
import type { Field } from './schema.ts';
import { duckName, type Resource, type Table } from './store.ts';
import { createTableIn } from './tables.ts';
import { qualified, type Writer } from './warehouse.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad */
export interface LoadConfiguration {
  readonly sourceUris?: readonly string[];
  readonly destinationTable: {
    readonly projectId?: string;
    readonly datasetId: string;
    readonly tableId: string;
  };
  readonly schema?: { readonly fields: readonly Field[] };
  readonly sourceFormat?: string;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
  readonly skipLeadingRows?: number | string;
  readonly fieldDelimiter?: string;
  readonly nullMarker?: string;
  readonly maxBadRecords?: number;
  readonly ignoreUnknownValues?: boolean;
  readonly timePartitioning?: Resource;
  readonly clustering?: Resource;
}

/** Puts the rows of `files` into the table: all of them or, past `maxBadRecords`, none. */
export async function runLoad(
  engine: Engine,
  project: string,
  load: LoadConfiguration,
  files: readonly Buffer[],
): Promise<JobOutcome> {
  const where = {
    project: load.destinationTable.projectId ?? project,
    dataset: load.destinationTable.datasetId,
    table: load.destinationTable.tableId,
  };
  const format = load.sourceFormat?.toUpperCase() ?? 'CSV';
  if (!['CSV', 'NEWLINE_DELIMITED_JSON', 'PARQUET'].includes(format)) {
    throw new BigQueryError(
      'notImplemented',
      `Loading ${format} is not supported by the local emulator`,
    );
  }
  const loaded = await engine.warehouse.write((writer) =>
    writer.transaction(async () => {
      const table = await destination(engine, writer, where, load);
      if (format === 'PARQUET') return loadParquet(writer, table, files);
      return loadRows(engine, writer, table, load, files, format);
    }),
  );
  const statistics = {
    load: {
      inputFiles: String(files.length),
      inputFileBytes: String(files.reduce((sum, file) => sum + file.length, 0)),
      outputRows: String(loaded.rows),
      badRecords: String(loaded.bad),
    },
  };
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

async function destination(
  engine: Engine,
  writer: Writer,
  where: Pick<Table, 'project' | 'dataset' | 'table'>,
  load: LoadConfiguration,
): Promise<Table> {
  const old = engine.store.table(where.project, where.dataset, where.table);
  const disposition = load.writeDisposition ?? 'WRITE_APPEND';
  if (old !== undefined) {
    const name = qualified(duckName(old));
    if (disposition === 'WRITE_TRUNCATE') await writer.run(`DELETE FROM ${name}`);
    if (
      disposition === 'WRITE_EMPTY' &&
      0 < (await writer.run(`SELECT 1 FROM ${name} LIMIT 1`)).rowCount
    ) {
      throw new BigQueryError(
        'duplicate',
        `Already Exists: Table ${where.project}:${where.dataset}.${where.table}`,
      );
    }
    return old;
  }
  if (load.createDisposition === 'CREATE_NEVER')
    throw new BigQueryError(
      'notFound',
      `Not found: Table ${where.project}:${where.dataset}.${where.table}`,
    );
  if (load.schema === undefined)
    throw new BigQueryError(
      'notImplemented',
      'Schema autodetection is not supported by the local emulator: give a schema, or create the table first',
    );
  const { schema, timePartitioning, clustering } = load;
  const resource = {
    schema,
    ...(timePartitioning === undefined ? {} : { timePartitioning }),
    ...(clustering === undefined ? {} : { clustering }),
  };
  return createTableIn(engine, writer, where, resource, null);
}

interface Loaded {
  readonly rows: number;
  readonly bad: number;
}

async function loadRows(
  engine: Engine,
  writer: Writer,
  table: Table,
  load: LoadConfiguration,
  files: readonly Buffer[],
  format: string,
): Promise<Loaded> {
  const decoded: { values: DuckDBValue[] }[] = [];
  const problems: string[] = [];
  for (const file of files) {
    for (const [index, row] of read(file.toString('utf8'), table, load, format).entries()) {
      try {
        decoded.push({ values: decodeRow(row, table.columns, load.ignoreUnknownValues === true) });
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        problems.push(
          `Error while reading data, error message: row ${index + 1}: ${error.message} Field: ${error.location}`,
        );
        if ((load.maxBadRecords ?? 0) < problems.length)
          throw new BigQueryError('invalid', problems.join('; '));
      }
    }
  }
  if (0 < decoded.length)
    await writer.append(
      duckName(table),
      vectorTypes(table),
      columnsOf(decoded, table, engine.now()),
    );
  engine.counters.rowsInserted += decoded.length;
  return { rows: decoded.length, bad: problems.length };
}

/** Rows as JSON objects. */
function read(content: string, table: Table, load: LoadConfiguration, format: string): unknown[] {
  if (format !== 'CSV') {
    return content
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line, index) => {
        try {
          return JSON.parse(line);
        } catch {
          throw new BigQueryError(
            'invalid',
            `Error while reading data, error message: JSON parsing error in row ${index + 1}`,
          );
        }
      });
  }
  const marker = load.nullMarker ?? '';
  const delimiter =
    load.fieldDelimiter === '\\t' || load.fieldDelimiter === 'tab'
      ? '\t'
      : (load.fieldDelimiter ?? ',');
  return parseCsv(content, delimiter)
    .slice(Number(load.skipLeadingRows ?? 0))
    .map((cells, index) => {
      if (table.columns.length < cells.length && load.ignoreUnknownValues !== true) {
        throw new BigQueryError(
          'invalid',
          `Error while reading data, error message: Too many values in row ${index + 1}: found ${cells.length}, expected ${table.columns.length}`,
        );
      }
      return Object.fromEntries(
        table.columns.map((column, position) => [
          column.name,
          cells[position] === marker ? null : cells[position],
        ]),
      );
    });
}

async function loadParquet(
  writer: Writer,
  table: Table,
  files: readonly Buffer[],
): Promise<Loaded> {
  let rows = 0;
  const list = table.columns.map((column) => quote(column.name)).join(', ');
  for (const file of files) {
    const path = join(tmpdir(), `bigquery-load-${randomUUID()}.parquet`);
    await writeFile(path, file);
    try {
      const result = await writer.run(
        `INSERT INTO ${qualified(duckName(table))} BY NAME SELECT ${list} FROM read_parquet(${quoteText(path)})`,
      );
      rows += Number((await result.getRows())[0]?.[0] ?? 0);
    } finally {
      await rm(path, { force: true });
    }
  }
  return { rows, bad: 0 };
}
