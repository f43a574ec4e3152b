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
  /** The strongest anomaly of it, which says what was wrong; those after it may be its echo. */
  readonly peak: AnomalyRow;
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
  const placed = found.filter(({ peak }) => peak.building !== null);
  const [most] = [
    ...Map.groupBy(placed, ({ peak }) => `${peak.building}/${peak.floor}`).values(),
  ].sort((a, b) => b.length - a.length);
  const peak = most?.[0]?.peak;
  if (!most || !peak || peak.building === null || most.length < 2) return undefined;
  return { building: peak.building, floor: peak.floor, count: most.length };
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
        peak: isStronger(row, last.peak) ? row : last.peak,
        isOpen: nowMs - row.measured_at <= PAUSE_MS,
      };
    } else {
      found.push({
        device: row.device_id,
        sinceMs: row.measured_at,
        lastMs: row.measured_at,
        count: 1,
        severity: row.severity,
        peak: row,
        isOpen: nowMs - row.measured_at <= PAUSE_MS,
      });
    }
  }
  return found;
}

/** The worse severity, and of equal ones the higher score. */
function isStronger(row: AnomalyRow, than: AnomalyRow): boolean {
  const worse = rank(row.severity) - rank(than.severity);
  return worse > 0 || (worse === 0 && row.score / row.threshold > than.score / than.threshold);
}

function rank(severity: SeverityName): number {
  return severity === 'critical' ? 2 : severity === 'warning' ? 1 : 0;
}
