import { METRIC_NAMES } from '@plumbline/contracts';
import type { Row, Warehouse } from './warehouse.ts';

/**
 * Where a listener stands in the two growing tables. It names a place in the data, not in this
 * process, so a listener that held it can go on after the server was replaced.
 */
export interface Cursor {
  readonly receivedAtMs: number;
  readonly predictedAtMs: number;
}

/** What is new since the last tick. At most `ROW_LIMIT` of each, the newest: a large fleet is sampled. */
export interface Tick {
  readonly type: 'tick';
  readonly cursor: Cursor;
  readonly readings: readonly Row[];
  readonly anomalies: readonly Row[];
  /** `reading_id` and `severity` of what was predicted. */
  readonly predictions: readonly Row[];
}
/** BigQuery could not be asked; sent once when it begins and once when it is over (`message` null). */
export interface Trouble {
  readonly type: 'trouble';
  readonly message: string | null;
}
/** The listener was away too long to catch up: fetch the panels again. */
export interface Reset {
  readonly type: 'reset';
  readonly cursor: Cursor;
}
export type LiveEvent = Tick | Trouble | Reset;

export interface LiveFeed {
  /** Calls `listener` with all that comes, and first with all since `since`. Returns how to leave. */
  join(listener: (event: LiveEvent) => void, since: Cursor | undefined): () => void;
  readonly listenerCount: number;
  stop(): void;
}

export interface LiveFeedOptions {
  readonly warehouse: Warehouse;
  readonly now: () => number;
  /** BigQuery is asked this often, and only while somebody listens. */
  readonly pollMs: number;
}

const ROW_LIMIT = 500;
/** A row becomes visible later than its timestamp says, so each poll looks back this far again. */
const OVERLAP_MS = 10_000;
/** The live view is about now: readings measured earlier come with the next fetch of the panels. */
const RECENT_MS = 3_600_000;
const CATCH_UP_MS = 10 * 60_000;

/** Polls BigQuery for all listeners together. */
export function liveFeed({ warehouse, now, pollMs }: LiveFeedOptions): LiveFeed {
  const listeners = new Set<(event: LiveEvent) => void>();
  const seen = new Map<string, number>();
  let cursor: Cursor = { receivedAtMs: 0, predictedAtMs: 0 };
  let trouble: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isPolling = false;
  let isStopped = false;

  return {
    join(listener, since) {
      const isFirst = listeners.size === 0;
      if (isFirst) begin();
      listeners.add(listener);
      if (trouble !== null) listener({ type: 'trouble', message: trouble });
      if (since) void catchUp(listener, since);
      if (isFirst) schedule(0);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearTimeout(timer);
      };
    },
    get listenerCount() {
      return listeners.size;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      listeners.clear();
    },
  };

  function begin(): void {
    const nowMs = now();
    cursor = { receivedAtMs: nowMs, predictedAtMs: nowMs };
    seen.clear();
    trouble = null;
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    if (isStopped || listeners.size === 0) return;
    timer = setTimeout(() => void poll(), delayMs);
  }

  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    const startedAtMs = now();
    try {
      const rows = await rowsSince(cursor);
      if (trouble !== null) {
        trouble = null;
        emit({ type: 'trouble', message: null });
      }
      const tick = {
        type: 'tick',
        readings: fresh('reading', rows.readings, 'received_at'),
        anomalies: fresh('anomaly', rows.anomalies, 'predicted_at'),
        predictions: fresh('prediction', rows.predictions, 'predicted_at'),
      } as const;
      cursor = {
        receivedAtMs: newest(cursor.receivedAtMs, rows.readings, 'received_at'),
        predictedAtMs: newest(cursor.predictedAtMs, rows.predictions, 'predicted_at'),
      };
      forgetOld();
      if (tick.readings.length + tick.anomalies.length + tick.predictions.length > 0) {
        emit({ ...tick, cursor });
      }
    } catch (error) {
      const message = (error as Error).message;
      if (trouble !== message) emit({ type: 'trouble', message });
      trouble = message;
    } finally {
      isPolling = false;
      schedule(Math.max(0, startedAtMs + pollMs - now()));
    }
  }

  async function catchUp(listener: (event: LiveEvent) => void, since: Cursor): Promise<void> {
    const nowMs = now();
    const oldest = Math.min(since.receivedAtMs, since.predictedAtMs);
    if (oldest < nowMs - CATCH_UP_MS) {
      listener({ type: 'reset', cursor });
      return;
    }
    try {
      const rows = await rowsSince(since);
      if (!listeners.has(listener)) return;
      const isAll = Object.values(rows).every((list) => list.length < ROW_LIMIT);
      listener(isAll ? { type: 'tick', cursor, ...rows } : { type: 'reset', cursor });
    } catch {
      if (listeners.has(listener)) listener({ type: 'reset', cursor });
    }
  }

  async function rowsSince({ receivedAtMs, predictedAtMs }: Cursor) {
    const recent = new Date(now() - RECENT_MS);
    const predictedSince = new Date(predictedAtMs - OVERLAP_MS);
    const [readings, anomalies, predictions] = await Promise.all([
      warehouse.rows({
        sql: `SELECT reading_id, device_id, measured_at, received_at, building, floor, room, place_type,
  ${METRIC_NAMES.join(', ')}
FROM iot_data.readings_raw
WHERE measured_at >= @recent AND received_at > @since
ORDER BY received_at DESC
LIMIT ${ROW_LIMIT}`,
        params: { recent, since: new Date(receivedAtMs - OVERLAP_MS) },
      }),
      warehouse.rows({
        sql: `SELECT reading_id, device_id, measured_at, predicted_at, building, floor, room, place_type,
  score, threshold, severity, anomaly_types, detectors, model_version, is_alert, explanation, contributions
FROM iot_data.anomalies
WHERE measured_at >= @recent AND predicted_at > @since
ORDER BY predicted_at DESC
LIMIT ${ROW_LIMIT}`,
        params: { recent, since: predictedSince },
      }),
      warehouse.rows({
        sql: `SELECT reading_id, severity, predicted_at
FROM iot_data.predictions
WHERE measured_at >= @recent AND predicted_at > @since
ORDER BY predicted_at DESC
LIMIT ${ROW_LIMIT}`,
        params: { recent, since: predictedSince },
      }),
    ]);
    return { readings, anomalies, predictions };
  }

  /** Rows that no poll before has seen, remembered from now on. */
  function fresh(kind: string, rows: readonly Row[], timeColumn: string): readonly Row[] {
    return rows.filter((row) => {
      const key = `${kind} ${row.reading_id}`;
      if (seen.has(key)) return false;
      seen.set(key, Number(row[timeColumn]));
      return true;
    });
  }

  function forgetOld(): void {
    const oldest = Math.min(cursor.receivedAtMs, cursor.predictedAtMs) - 2 * OVERLAP_MS;
    for (const [key, atMs] of seen) if (atMs < oldest) seen.delete(key);
  }

  function emit(event: LiveEvent): void {
    for (const listener of [...listeners]) listener(event);
  }
}

function newest(soFarMs: number, rows: readonly Row[], column: string): number {
  return rows.reduce((most, row) => Math.max(most, Number(row[column])), soFarMs);
}

/** The id of an event, e.g. `1763632800000-1763632800500`. */
export function formatCursor({ receivedAtMs, predictedAtMs }: Cursor): string {
  return `${receivedAtMs}-${predictedAtMs}`;
}

/** Undefined for anything that `formatCursor` did not make. */
export function parseCursor(id: string | undefined): Cursor | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(id ?? '');
  if (!match) return undefined;
  return { receivedAtMs: Number(match[1]), predictedAtMs: Number(match[2]) };
}
