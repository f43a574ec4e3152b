import type { SeverityName } from './address.ts';
import type { AnomalyRow } from './rows.ts';

/** Anomalies of one device without a longer pause: one thing that is wrong. */
export interface Episode {
  readonly device: string;
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly count: number;
  /** The worst of the episode. */
  readonly severity: SeverityName;
  /** The newest anomaly of it. */
  readonly newest: AnomalyRow;
  readonly isOpen: boolean;
}

/** A pause this long ends an episode; an episode without such a pause until now is open. */
export const PAUSE_MS = 5 * 60_000;

/** Groups anomalies, in any order, into episodes; open and critical ones first, then the newest. */
export function episodes(anomalies: readonly AnomalyRow[], nowMs: number): readonly Episode[] {
  const byDevice = Map.groupBy(anomalies, (row) => row.device_id);
  return [...byDevice.values()]
    .flatMap((rows) =>
      split(
        rows.toSorted((a, b) => a.measured_at - b.measured_at),
        nowMs,
      ),
    )
    .sort(
      (a, b) =>
        Number(b.isOpen) - Number(a.isOpen) ||
        rank(b.severity) - rank(a.severity) ||
        b.lastMs - a.lastMs,
    );
}

/** The floor with most of the episodes and how many are there; undefined where nothing stands out. */
export function mostAt(
  found: readonly Episode[],
):
  | { readonly building: string; readonly floor: number | null; readonly count: number }
  | undefined {
  const placed = found.filter(({ newest }) => newest.building !== null);
  const [most] = [
    ...Map.groupBy(placed, ({ newest }) => `${newest.building}/${newest.floor}`).values(),
  ].sort((a, b) => b.length - a.length);
  const newest = most?.[0]?.newest;
  if (!most || !newest || newest.building === null || most.length < 2) return undefined;
  return { building: newest.building, floor: newest.floor, count: most.length };
}

function split(rows: readonly AnomalyRow[], nowMs: number): Episode[] {
  const found: Episode[] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last && row.measured_at - last.lastMs <= PAUSE_MS) {
      found[found.length - 1] = {
        ...last,
        lastMs: row.measured_at,
        count: last.count + 1,
        severity: rank(row.severity) > rank(last.severity) ? row.severity : last.severity,
        newest: row,
        isOpen: nowMs - row.measured_at <= PAUSE_MS,
      };
    } else {
      found.push({
        device: row.device_id,
        sinceMs: row.measured_at,
        lastMs: row.measured_at,
        count: 1,
        severity: row.severity,
        newest: row,
        isOpen: nowMs - row.measured_at <= PAUSE_MS,
      });
    }
  }
  return found;
}

function rank(severity: SeverityName): number {
  return severity === 'critical' ? 2 : severity === 'warning' ? 1 : 0;
}
