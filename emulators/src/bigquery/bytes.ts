import { expirePartitions } from './expire-partitions.ts';
import type { Partition, Scan } from './googlesql/context.ts';
import { PARTITION_END, PARTITION_START } from './googlesql/partition-filters.ts';
import { fillIn } from './googlesql/translate.ts';
import { duckFieldName, quote, type SqlType, text } from './googlesql/types.ts';
import type { Prepared, Session } from './statements.ts';

/** The size of a row is the mean of this many, so that the price of a big table is cheap to tell. */
const SAMPLE_ROWS = 2000;

/**
 * Bytes that BigQuery would read: the columns a statement names, in the partitions it cannot skip.
 * Partitions that are over go first, so every statement is priced before it runs.
 *
 * Source: https://cloud.google.com/bigquery/docs/estimate-costs#estimate_query_costs (sizes by type)
 */
export async function estimateBytes(prepared: Prepared, session: Session): Promise<number> {
  const sql = textOf(prepared);
  let total = 0;
  for (const { table } of prepared.scans)
    await expirePartitions(session.engine, table, session.writer);
  for (const scan of prepared.scans) total += await scanBytes(scan, sql, session);
  return total;
}

/** The statement in DuckDB's words, without the columns that an UNNEST carries along and nobody asks for. */
function textOf(prepared: Prepared): string {
  const text = fullText(prepared);
  return text.replace(/\/\*(t\d+\.c\d+)\*\/(.*?)\/\*\*\//gs, (_, name: string, column: string) => {
    const uses = text.match(new RegExp(`\\b${name.replace('.', '\\.')}\\b`, 'g'))?.length ?? 0;
    return 1 < uses ? column : '';
  });
}

function fullText(prepared: Prepared): string {
  if (prepared.kind === 'query') return prepared.plan.sql;
  return prepared.kind === 'change'
    ? [...prepared.change.prepare, prepared.change.run].join(' ')
    : '';
}

async function scanBytes(scan: Scan, sql: string, session: Session): Promise<number> {
  const { table, alias } = scan;
  const columns = table.columns.filter((column) => sql.includes(`${alias}.${quote(column.name)}`));
  if (columns.length === 0) return 0;
  const list = columns.map((column) => quote(column.name)).join(', ');
  const size = columns.map((column) => sizeOf(quote(column.name), column.type)).join(' + ');
  const average = `(SELECT avg(${size}) FROM (SELECT ${list} FROM ${table.sql} LIMIT ${SAMPLE_ROWS}))`;
  const query = `SELECT (${rowCount(scan)}) * ${average}`;
  const result = await session.engine.warehouse.read(
    fillIn(query, session.values, session.nowMicros),
  );
  return Math.round(Number((await result.getRows())[0]?.[0] ?? 0));
}

function rowCount(scan: Scan): string {
  const { partition, sql } = scan.table;
  if (partition === null || scan.conditions.length === 0) return `SELECT count(*) FROM ${sql}`;
  const kind = typeOfPartition(scan);
  const partitions = `SELECT ${partitionStart(partition)} AS ${PARTITION_START}, count(*) AS n FROM ${sql} GROUP BY ${partOf(partition, kind)}`;
  const ends = `SELECT *, ${partitionEnd(partition, kind)} AS ${PARTITION_END} FROM (${partitions})`;
  return `SELECT coalesce(sum(n), 0) FROM (${ends}) WHERE ${scan.conditions.join(' AND ')}`;
}

function typeOfPartition({ table }: Scan): string {
  return (
    table.columns.find((column) => column.name === table.partition?.column)?.type.kind ??
    'TIMESTAMP'
  );
}

function partitionStart(partition: Partition): string {
  const column = quote(partition.column);
  return partition.unit === 'RANGE'
    ? `min(${column})`
    : `date_trunc('${partition.unit.toLowerCase()}', min(${column}))`;
}

/** A partition or a part of one. By arithmetic: date_trunc of each row takes 20 times as long. */
function partOf(partition: Partition, kind: string): string {
  const column = quote(partition.column);
  if (partition.unit === 'RANGE' || kind === 'DATE') return column;
  return `epoch_us(${column}) // ${partition.unit === 'HOUR' ? 3_600_000_000 : 86_400_000_000}`;
}

/** The last instant, or the last day, that the partition can hold. */
function partitionEnd(partition: Partition, kind: string): string {
  if (partition.unit === 'RANGE') return PARTITION_START;
  const next = `${PARTITION_START} + INTERVAL 1 ${partition.unit}`;
  return kind === 'DATE'
    ? `CAST(${next} - INTERVAL 1 DAY AS DATE)`
    : `(${next} - INTERVAL 1 MICROSECOND)`;
}

const FIXED: Partial<Record<SqlType['kind'], number>> = {
  INT64: 8,
  FLOAT64: 8,
  NUMERIC: 16,
  BOOL: 1,
  DATE: 8,
  DATETIME: 8,
  TIME: 8,
  TIMESTAMP: 8,
  INTERVAL: 16,
};

function sizeOf(sql: string, type: SqlType): string {
  if (type.kind === 'STRING' || type.kind === 'JSON') {
    return `coalesce(2 + octet_length(encode(CAST(${sql} AS VARCHAR))), 0)`;
  }
  if (type.kind === 'BYTES') return `coalesce(2 + octet_length(${sql}), 0)`;
  if (type.kind === 'ARRAY') {
    return `coalesce(list_sum(list_transform(${sql}, lambda bq_s: ${sizeOf('bq_s', type.element)})), 0)`;
  }
  if (type.kind === 'STRUCT') {
    const parts = type.fields.map((field, index) =>
      sizeOf(`struct_extract(${sql}, ${text(duckFieldName(field.name, index))})`, field.type),
    );
    return `(${parts.join(' + ')})`;
  }
  return `CASE WHEN ${sql} IS NULL THEN 0 ELSE ${FIXED[type.kind] ?? 0} END`;
}
