import type { StoredRow, TableModel } from './big-query-model.ts';
import type { Bug } from './bugs.ts';

/** Count and sum of a window, in whole tenths so that addition is exact. */
export interface Window {
  readonly count: number;
  readonly tenths: number;
}

export type Windows = ReadonlyMap<number, Window>;

const MINUTE_MS = 60_000;
const LOOK_BACK_MS = 16 * MINUTE_MS;

/** The rows of the view `readings`: of copies, the one received first. */
export function viewOf(raw: TableModel, bug: Bug | undefined): readonly StoredRow[] {
  if (bug === 'noViewDedup') return raw.rows;
  const first = new Map<string, StoredRow>();
  for (const stored of raw.rows) {
    const known = first.get(stored.row.insertId);
    if (known === undefined || receivedMs(stored) < receivedMs(known))
      first.set(stored.row.insertId, stored);
  }
  return [...first.values()];
}

/** Aggregates of all rows. */
export function recompute(rows: readonly StoredRow[]): Windows {
  const windows = new Map<number, Window>();
  for (const stored of rows) add(windows, stored);
  return windows;
}

/**
 * What contracts/sql/aggregate-1m.sql says, in TypeScript: recompute, whole, the windows that rows received
 * since the look-back touch. That the SQL does the same is tested on the emulator.
 */
export function createAggregation(raw: TableModel, bug: Bug | undefined) {
  const windows = new Map<number, Window>();
  let lastRunMs = Number.NEGATIVE_INFINITY;
  return {
    windows: windows as Windows,
    run(runMs: number): void {
      if (bug === 'additiveMerge') {
        for (const stored of raw.rows) {
          if (lastRunMs < receivedMs(stored) && receivedMs(stored) <= runMs) add(windows, stored);
        }
      } else {
        const clockOf = bug === 'eventTimeWatermark' ? measuredMs : receivedMs;
        const touched = new Set(
          raw.rows.filter((stored) => runMs - LOOK_BACK_MS < clockOf(stored)).map(windowOf),
        );
        for (const window of touched) windows.delete(window);
        for (const stored of viewOf(raw, bug))
          if (touched.has(windowOf(stored))) add(windows, stored);
      }
      lastRunMs = runMs;
    },
  };
}

function add(windows: Map<number, Window>, stored: StoredRow): void {
  const start = windowOf(stored);
  const { count, tenths } = windows.get(start) ?? { count: 0, tenths: 0 };
  const value = Math.round(Number(stored.row.values.temperature) * 10);
  windows.set(start, { count: count + 1, tenths: tenths + value });
}

function windowOf(stored: StoredRow): number {
  return Math.floor(measuredMs(stored) / MINUTE_MS) * MINUTE_MS;
}

function measuredMs({ row }: StoredRow): number {
  return Number(row.values.measured_at);
}

function receivedMs({ row }: StoredRow): number {
  return Number(row.values.received_at);
}
