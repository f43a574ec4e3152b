import type { Scan } from './googlesql/context.ts';
import { fillIn } from './googlesql/translate.ts';
import { quote, type SqlType } from './googlesql/types.ts';
import type { Prepared, Session } from './statements.ts';

/**
 * Bytes that BigQuery would read: the columns a statement names, in the partitions it cannot skip.
 *
 * Source: https://cloud.google.com/bigquery/docs/estimate-costs (sizes by type)
 */
export async function estimateBytes(prepared: Prepared, session: Session): Promise<number> {
  let total = 0;
  const text =
    prepared.kind === 'query'
      ? prepared.plan.sql
      : prepared.kind === 'change'
        ? [...prepared.change.prepare, prepared.change.run].join(' ')
        : '';
  for (const scan of prepared.scans) total += await scanBytes(scan, text, session);
  return total;
}

async function scanBytes(scan: Scan, text: string, session: Session): Promise<number> {
  const { table, alias, conditions } = scan;
  const columns = table.columns.filter((column) => text.includes(`${alias}.${quote(column.name)}`));
  if (columns.length === 0) return 0;
  const size = columns.map((column) => sizeOf(quote(column.name), column.type)).join(' + ');
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const sql = fillIn(
    `SELECT CAST(coalesce(sum(${size}), 0) AS DOUBLE) FROM ${table.sql}${filter}`,
    session.values,
    session.nowMicros,
  );
  const result = await session.engine.warehouse.read(sql);
  return Number((await result.getRows())[0]?.[0] ?? 0);
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
  NULL: 0,
};

function sizeOf(sql: string, type: SqlType): string {
  if (type.kind === 'STRING' || type.kind === 'JSON')
    return `coalesce(2 + octet_length(encode(CAST(${sql} AS VARCHAR))), 0)`;
  if (type.kind === 'BYTES') return `coalesce(2 + octet_length(${sql}), 0)`;
  if (type.kind === 'ARRAY')
    return `coalesce(list_sum(list_transform(${sql}, lambda bq_s: ${sizeOf('bq_s', type.element)})), 0)`;
  if (type.kind === 'STRUCT') {
    const parts = type.fields.map((field, index) =>
      sizeOf(
        `struct_extract(${sql}, '${(field.name || `_field_${index + 1}`).replaceAll("'", "''")}')`,
        field.type,
      ),
    );
    return `(${parts.join(' + ')})`;
  }
  return `CASE WHEN ${sql} IS NULL THEN 0 ELSE ${FIXED[type.kind] ?? 0} END`;
}
