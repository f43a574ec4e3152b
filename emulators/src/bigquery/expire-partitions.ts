import type { Engine } from './engine.ts';
import type { Partition, TableShape } from './googlesql/context.ts';
import { quote } from './googlesql/types.ts';
import type { Writer } from './warehouse.ts';

type BaseTable = TableShape & { readonly kind: 'table' };

/**
 * Deletes the rows of partitions whose time is over. It runs before a table is read, so that nobody
 * sees them: a partition is over when the clock passes its start, in UTC, plus `expirationMs`.
 *
 * Source: https://cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration
 */
export async function expirePartitions(
  engine: Engine,
  table: Pick<BaseTable, 'sql' | 'partition' | 'columns'>,
  writer: Writer | null = null,
): Promise<void> {
  const { sql, partition } = table;
  if (partition === null || partition.expirationMs === null) return;
  const column = table.columns.find((each) => each.name === partition.column);
  const end = new Date(endOfPartition(engine.now() - partition.expirationMs, partition.unit));
  const limit = Number.isNaN(end.getTime()) ? null : literal(end, column?.type.kind ?? 'TIMESTAMP');
  if (limit === null) return;
  const over = `${quote(partition.column)} < ${limit}`;
  // Mostly there is nothing to do, and finding that out takes no lock.
  const some = `SELECT 1 FROM ${sql} WHERE ${over} LIMIT 1`;
  const found = await (writer === null ? engine.warehouse.read(some) : writer.run(some));
  if (found.rowCount === 0) return;
  const remove = `DELETE FROM ${sql} WHERE ${over}`;
  if (writer === null) await engine.warehouse.write((own) => own.run(remove));
  else await writer.run(remove);
}

/** The first instant after the partition that `ms` is in, in epoch milliseconds. */
function endOfPartition(ms: number, unit: Partition['unit']): number {
  const at = new Date(ms);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  switch (unit) {
    case 'HOUR':
      return (Math.floor(ms / 3_600_000) + 1) * 3_600_000;
    case 'DAY':
      return (Math.floor(ms / 86_400_000) + 1) * 86_400_000;
    case 'MONTH':
      return Date.UTC(year, month + 1);
    case 'YEAR':
      return Date.UTC(year + 1, 0);
    case 'RANGE':
      return Number.NaN;
  }
}

function literal(end: Date, kind: string): string {
  if (kind === 'DATE') return `DATE '${end.toISOString().slice(0, 10)}'`;
  const micros = `${BigInt(end.getTime()) * 1000n}::BIGINT`;
  return kind === 'DATETIME' ? `make_timestamp(${micros})` : `make_timestamptz(${micros})`;
}
