import type { AggregationReach } from '@plumbline/contracts';
import type { StoredRow, TableModel } from './big-query-model.ts';
import type { Bug } from './bugs.ts';

/** Count and sum of a window, in whole tenths so that addition is exact. */
export interface Window {
  readonly count: number;
  readonly tenths: number;
}

export type Windows = ReadonlyMap<number, Window>;

const MINUTE_MS = 60_000;

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
 * What contracts/sql/aggregate-1m.sql says, in TypeScript: recompute, whole, the windows since the first that a row
 * received since the look-back touches. That the SQL does the same is tested on the emulator.
 */
export function createAggregation(raw: TableModel, bug: Bug | undefined) {
  const windows = new Map<number, Window>();
  let lastRunMs = Number.NEGATIVE_INFINITY;
  return {
    windows: windows as Windows,
    run(runMs: number, { lookBackMinutes, horizonMinutes }: AggregationReach): void {
      if (bug === 'additiveMerge') {
        for (const stored of raw.rows) {
          if (lastRunMs < receivedMs(stored) && receivedMs(stored) <= runMs) add(windows, stored);
        }
      } else {
        const clockOf = bug === 'eventTimeWatermark' ? measuredMs : receivedMs;
        const horizonMs = startOf(runMs - horizonMinutes * MINUTE_MS);
        let first = Number.POSITIVE_INFINITY;
        for (const stored of raw.rows) {
          const isTouched = runMs - lookBackMinutes * MINUTE_MS < clockOf(stored);
          if (isTouched && horizonMs <= measuredMs(stored))
            first = Math.min(first, windowOf(stored));
        }
        for (const window of windows.keys()) if (first <= window) windows.delete(window);
        for (const stored of viewOf(raw, bug)) if (first <= windowOf(stored)) add(windows, stored);
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
  return startOf(measuredMs(stored));
}

function startOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function measuredMs({ row }: StoredRow): number {
  return Number(row.values.measured_at);
}

function receivedMs({ row }: StoredRow): number {
  return Number(row.values.received_at);
}
