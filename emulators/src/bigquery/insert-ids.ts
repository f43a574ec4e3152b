/**
 * Remembers which insertIds were taken lately. BigQuery does so for about a minute, best effort.
 *
 * Source: https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#dataconsistency
 */
export interface InsertIds {
  has(id: string): boolean;
  add(id: string): void;
}

const WINDOW_MS = 60_000;
/** About two seconds of the fastest stream; older ones go first. */
const MOST = 50_000;

export function rememberInsertIds(now: () => number): InsertIds {
  const times = new Map<string, number>();
  return {
    has: (id) => now() - (times.get(id) ?? Number.NEGATIVE_INFINITY) < WINDOW_MS,
    add: (id) => {
      times.delete(id);
      times.set(id, now());
      if (times.size <= MOST) return;
      const [oldest] = times.keys();
      if (oldest !== undefined) times.delete(oldest);
    },
  };
}
