import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TableField } from '@google-cloud/bigquery';
import { formatCsv } from './table.ts';

type Row = Readonly<Record<string, unknown>>;

/** The forms of a file, by the end of its name. */
export const FILE_FORMS = ['.csv', '.ndjson', '.parquet'] as const;

/**
 * Writes rows to a file: `.csv`, `.ndjson` (an object a line) or `.parquet`, in which columns keep the types that the
 * query gave them, times in UTC with microseconds, nested and repeated ones too.
 *
 * Throws an Error if the name ends otherwise, or the file cannot be written.
 */
export async function saveRows(
  path: string,
  fields: readonly TableField[],
  rows: readonly Row[],
): Promise<void> {
  switch (extname(path)) {
    case '.csv':
      return writeFile(path, `${formatCsv(rows)}\r\n`);
    case '.ndjson':
      return writeFile(path, jsonLines(rows));
    case '.parquet':
      return saveParquet(resolve(path), fields, rows);
    default:
      throw new Error(`--output ${path}: wanted a name that ends in ${FILE_FORMS.join(', ')}`);
  }
}

/** One JSON object a line; times are text. */
export function jsonLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row, plain)}\n`).join('');
}

/** The client gives dates and times as objects with a `value`. */
function plain(_: string, value: unknown): unknown {
  const isTime = typeof value === 'object' && value !== null && 'value' in value;
  return isTime && Object.keys(value).length === 1 ? value.value : value;
}

async function saveParquet(
  path: string,
  fields: readonly TableField[],
  rows: readonly Row[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-query-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const lines = join(folder, 'rows.ndjson');
    await writeFile(lines, jsonLines(rows));
    const columns = fields.map((field) => `${text(field.name ?? '')}: ${text(duckType(field))}`);
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(
      `COPY (SELECT * FROM read_json(${text(lines)}, format = 'newline_delimited', columns = {${columns.join(', ')}}))
       TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

const DUCK_TYPES: Readonly<Record<string, string>> = {
  STRING: 'VARCHAR',
  INTEGER: 'BIGINT',
  INT64: 'BIGINT',
  FLOAT: 'DOUBLE',
  FLOAT64: 'DOUBLE',
  NUMERIC: 'DECIMAL(38, 9)',
  BOOLEAN: 'BOOLEAN',
  BOOL: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  DATE: 'DATE',
  TIME: 'TIME',
};

/** Types without an equal, such as GEOGRAPHY, are kept as text. */
function duckType({ type = '', mode, fields = [] }: TableField): string {
  const isRecord = type === 'RECORD' || type === 'STRUCT';
  const single = isRecord
    ? `STRUCT(${fields.map((field) => `"${field.name}" ${duckType(field)}`).join(', ')})`
    : (DUCK_TYPES[type] ?? 'VARCHAR');
  return mode === 'REPEATED' ? `${single}[]` : single;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
