import type { DuckDBMaterializedResult } from '@duckdb/node-api';
import { type Cell, encodeCell } from './cells.ts';
import type { SqlType } from './googlesql/types.ts';

/** Rows that wait to be fetched page by page. Encoded only when asked for. */
export interface Rows {
  readonly count: number;
  page(start: number, most: number, options: { int64Timestamp: boolean }): { f: Cell[] }[];
}

export function rowsOf(result: DuckDBMaterializedResult, types: readonly SqlType[]): Rows {
  return {
    count: result.rowCount,
    page: (start, most, options) => {
      const rows: { f: Cell[] }[] = [];
      let offset = 0;
      for (let index = 0; index < result.chunkCount && rows.length < most; index += 1) {
        const chunk = result.getChunk(index);
        const end = offset + chunk.rowCount;
        if (start < end) {
          const columns = chunk.getColumns();
          for (
            let row = Math.max(0, start - offset);
            row < chunk.rowCount && rows.length < most;
            row += 1
          ) {
            rows.push({
              f: types.map((type, column) =>
                encodeCell(columns[column]?.[row] ?? null, type, options),
              ),
            });
          }
        }
        offset = end;
      }
      return rows;
    },
  };
}

export const NO_ROWS: Rows = { count: 0, page: () => [] };
