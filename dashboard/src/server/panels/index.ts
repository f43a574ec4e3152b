import { anomalies } from './anomalies.ts';
import { deadLetters, models } from './health.ts';
import { latest, places, series, statuses, totals, usual } from './overview.ts';
import type { Panel } from './panel.ts';

/** Everything that can be asked at `GET /api/panels/{name}`. */
export const PANELS = {
  totals,
  statuses,
  series,
  usual,
  latest,
  places,
  anomalies,
  'dead-letters': deadLetters,
  models,
} as const satisfies Record<string, Panel>;
export type PanelName = keyof typeof PANELS;

export function isPanelName(name: string): name is PanelName {
  return Object.hasOwn(PANELS, name);
}
