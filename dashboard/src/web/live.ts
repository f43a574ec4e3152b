import type { SeverityName } from './address.ts';
import type { AnomalyRow, ReadingRow } from './rows.ts';

export type Connection = 'connecting' | 'live' | 'retrying' | 'paused';

/** What has arrived since the page opened, newest first and bounded. Never changed in place. */
export interface LiveState {
  readonly connection: Connection;
  /** Why BigQuery cannot be asked, or null. */
  readonly trouble: string | null;
  readonly readings: readonly ReadingRow[];
  readonly anomalies: readonly AnomalyRow[];
  /** Severity by `reading_id` of what was predicted lately. */
  readonly severities: ReadonlyMap<string, SeverityName>;
  /** Grows when what was missed cannot be caught up: panels must be fetched again. */
  readonly resetCount: number;
}

export const QUIET: LiveState = {
  connection: 'connecting',
  trouble: null,
  readings: [],
  anomalies: [],
  severities: new Map(),
  resetCount: 0,
};

const KEPT_READINGS = 2_000;
const KEPT_ANOMALIES = 500;
const RETRY_MS = 2_000;

/** What one event of the stream brings. */
export interface Tick {
  readonly readings: readonly ReadingRow[];
  readonly anomalies: readonly AnomalyRow[];
  readonly predictions: readonly { readonly reading_id: string; readonly severity: SeverityName }[];
}

/** State after a tick. Rows that are there already are dropped: a resumed stream repeats some. */
export function withTick(state: LiveState, tick: Tick): LiveState {
  const added = tick.predictions.map((row) => [row.reading_id, row.severity] as const);
  return {
    ...state,
    readings: merge(tick.readings, state.readings, KEPT_READINGS),
    anomalies: merge(tick.anomalies, state.anomalies, KEPT_ANOMALIES),
    severities:
      added.length === 0
        ? state.severities
        : new Map([...state.severities, ...added].slice(-KEPT_READINGS)),
  };
}

function merge<Row extends { reading_id: string; measured_at: number }>(
  added: readonly Row[],
  known: readonly Row[],
  capacity: number,
): readonly Row[] {
  if (added.length === 0) return known;
  const ids = new Set(known.map((row) => row.reading_id));
  const fresh = added.filter((row) => !ids.has(row.reading_id) && ids.add(row.reading_id));
  return [...fresh, ...known].sort((a, b) => b.measured_at - a.measured_at).slice(0, capacity);
}

/** Listens to the server until stopped. Calls `onChange` at most once a frame. */
export function listen(onChange: (state: LiveState) => void): { stop(): void } {
  let state = QUIET;
  let source: EventSource | undefined;
  let lastId = '';
  let frame = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  open();
  return {
    stop() {
      source?.close();
      clearTimeout(retry);
      cancelAnimationFrame(frame);
    },
  };

  function open(): void {
    source = new EventSource(`/api/stream${lastId && `?since=${encodeURIComponent(lastId)}`}`);
    source.onopen = () => change({ ...state, connection: 'live' });
    source.onerror = () => {
      change({ ...state, connection: 'retrying' });
      // The browser retries a broken connection by itself, but gives up on an answer other than 200.
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    };
    source.addEventListener('tick', (event) => {
      lastId = event.lastEventId;
      change(withTick(state, JSON.parse(event.data) as Tick));
    });
    source.addEventListener('trouble', (event) => {
      change({ ...state, trouble: JSON.parse(event.data).message });
    });
    source.addEventListener('reset', (event) => {
      lastId = event.lastEventId;
      change({ ...state, resetCount: state.resetCount + 1 });
    });
  }

  function change(next: LiveState): void {
    state = next;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      onChange(state);
    });
  }
}
