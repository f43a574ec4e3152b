import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import { expirePartitions } from './expire-partitions.ts';
import { quote } from './googlesql/types.ts';
import { readCount } from './paging.ts';
import { rowsOf } from './results.ts';
import { duckName, requireTable, type Table } from './store.ts';
import { qualified } from './warehouse.ts';

/** BigQuery pages by ten megabytes; this is about that for rows of a kilobyte. */
export const PAGE_ROWS = 10_000;

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/list */
export async function listRows(
  engine: Engine,
  where: Pick<Table, 'project' | 'dataset' | 'table'>,
  query: URLSearchParams,
): Promise<object> {
  const table = requireTable(engine.store, where);
  if (table.viewQuery !== null)
    throw new BigQueryError('invalid', 'Cannot list a table of type VIEW.');
  await expirePartitions(engine, { ...table, sql: qualified(duckName(table)) });
  const selected = query.get('selectedFields')?.toLowerCase().split(',');
  const columns = table.columns.filter(
    (column) => selected === undefined || selected.includes(column.name.toLowerCase()),
  );
  const start = query.get('pageToken')
    ? readCount(query, 'pageToken', 0)
    : readCount(query, 'startIndex', 0);
  const most = Math.min(readCount(query, 'maxResults', PAGE_ROWS), PAGE_ROWS);
  const name = qualified(duckName(table));
  const list = columns.map((column) => quote(column.name)).join(', ');
  const [result, total] = await Promise.all([
    engine.warehouse.read(`SELECT ${list || '1'} FROM ${name} LIMIT ${most} OFFSET ${start}`),
    engine.warehouse.read(`SELECT count(*) FROM ${name}`),
  ]);
  const count = Number((await total.getRows())[0]?.[0] ?? 0);
  const rows = rowsOf(
    result,
    columns.map((column) => column.type),
  ).page(0, most, {
    int64Timestamp: query.get('formatOptions.useInt64Timestamp') === 'true',
  });
  engine.counters.rowsRead += rows.length;
  const end = start + rows.length;
  return {
    kind: 'bigquery#tableDataList',
    etag: engine.etag(),
    totalRows: String(count),
    ...(end < count && 0 < rows.length ? { pageToken: String(end) } : {}),
    rows,
  };
}
