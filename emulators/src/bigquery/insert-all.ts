import {
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  TIMESTAMPTZ,
} from '@duckdb/node-api';
import { duckVectorType } from './duck-types.ts';
import type { Engine } from './engine.ts';
import { BigQueryError } from './errors.ts';
import type { InsertIds } from './insert-ids.ts';
import { decodeRow, RowError } from './rows.ts';
import { duckName, requireTable, type Table } from './store.ts';

/** Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata/insertAll */
export interface InsertAllRequest {
  readonly rows?: readonly { readonly insertId?: string; readonly json?: unknown }[];
  readonly skipInvalidRows?: boolean;
  readonly ignoreUnknownValues?: boolean;
  readonly templateSuffix?: string;
}

interface InsertError {
  readonly index: number;
  readonly errors: readonly {
    reason: string;
    location: string;
    debugInfo: string;
    message: string;
  }[];
}

const MOST_ROWS = 50_000;

/** Adds rows. When it resolves, they are committed; those refused are in the reply, by index. */
export async function insertAll(
  engine: Engine,
  ids: InsertIds,
  where: Pick<Table, 'project' | 'dataset' | 'table'>,
  request: InsertAllRequest,
): Promise<{ kind: string; insertErrors?: InsertError[] }> {
  const rows = request.rows ?? [];
  const table = requireTable(engine.store, where);
  if (table.viewQuery !== null)
    throw new BigQueryError('invalid', 'Cannot add rows to a table of type VIEW.');
  if (rows.length === 0) throw new BigQueryError('invalid', 'No rows present in the request.');
  if (MOST_ROWS < rows.length)
    throw new BigQueryError('invalid', `Too many rows: ${rows.length}, limit ${MOST_ROWS}`);
  if (request.templateSuffix) {
    throw new BigQueryError(
      'notImplemented',
      'insertAll with templateSuffix is not supported by the local emulator',
    );
  }
  const { decoded, failures } = decodeRows(rows, table, request.ignoreUnknownValues === true);
  const isRefused = 0 < failures.length && request.skipInvalidRows !== true;
  const insertErrors = isRefused ? [...failures, ...stopped(rows.length, failures)] : failures;
  engine.counters.rowsRejected += insertErrors.length;
  if (!isRefused && 0 < decoded.length) {
    await engine.warehouse.write(async (writer) => {
      const inRequest = new Set<string>();
      const fresh = decoded.filter(({ id }) => {
        if (id === undefined) return true;
        const isRepeated = ids.has(id) || inRequest.has(id);
        inRequest.add(id);
        return !isRepeated;
      });
      if (0 < fresh.length)
        await writer.append(
          duckName(table),
          vectorTypes(table),
          columnsOf(fresh, table, engine.now()),
        );
      for (const { id } of fresh) if (id !== undefined) ids.add(id);
      engine.counters.rowsInserted += fresh.length;
      engine.counters.rowsDeduplicated += decoded.length - fresh.length;
    });
  }
  const reply = { kind: 'bigquery#tableDataInsertAllResponse' };
  return insertErrors.length === 0 ? reply : { ...reply, insertErrors };
}

interface DecodedRow {
  readonly id: string | undefined;
  readonly values: readonly DuckDBValue[];
}

function decodeRows(
  rows: NonNullable<InsertAllRequest['rows']>,
  table: Table,
  isUnknownIgnored: boolean,
) {
  const decoded: DecodedRow[] = [];
  const failures: InsertError[] = [];
  const key = `${table.project}:${table.dataset}.${table.table}/`;
  for (const [index, row] of rows.entries()) {
    try {
      const values = decodeRow(row.json, table.columns, isUnknownIgnored);
      decoded.push({ id: row.insertId ? key + row.insertId : undefined, values });
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      const { location, message } = error;
      failures.push({ index, errors: [{ reason: 'invalid', location, debugInfo: '', message }] });
    }
  }
  return { decoded, failures };
}

/** One bad row holds up all the others, unless they are to be skipped. */
function stopped(count: number, failures: readonly InsertError[]): InsertError[] {
  const bad = new Set(failures.map((failure) => failure.index));
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => !bad.has(index))
    .map((index) => ({
      index,
      errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }],
    }));
}

const vectors = new WeakMap<Table, readonly DuckDBType[]>();

export function vectorTypes(table: Table): readonly DuckDBType[] {
  const known = vectors.get(table);
  if (known !== undefined) return known;
  const types = table.columns.map((column) => duckVectorType(column.type));
  if (table.partition?.column === '_PARTITIONTIME') types.push(TIMESTAMPTZ);
  vectors.set(table, types);
  return types;
}

export function columnsOf(
  rows: readonly Pick<DecodedRow, 'values'>[],
  table: Table,
  nowMs: number,
): DuckDBValue[][] {
  const columns = table.columns.map((_, index) => rows.map((row) => row.values[index] ?? null));
  if (table.partition?.column === '_PARTITIONTIME') {
    const stamp = new DuckDBTimestampTZValue(startOf(table.partition.unit, nowMs));
    columns.push(rows.map(() => stamp));
  }
  return columns;
}

/** The start of the partition that `nowMs` falls in, in microseconds. */
export function startOf(unit: string, nowMs: number): bigint {
  const date = new Date(nowMs);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const hour = date.getUTCHours();
  const ms =
    unit === 'YEAR'
      ? Date.UTC(year, 0)
      : unit === 'MONTH'
        ? Date.UTC(year, month)
        : unit === 'HOUR'
          ? Date.UTC(year, month, day, hour)
          : Date.UTC(year, month, day);
  return BigInt(ms) * 1000n;
}
