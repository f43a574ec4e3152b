import { buildingSeries, correlations, hours } from './analytics.ts';
import {
  agreement,
  anomalies,
  anomaliesOverTime,
  anomaly,
  anomalyTypes,
  lanes,
  scores,
} from './anomalies.ts';
import { devices } from './devices.ts';
import { federatedDevices, federatedRounds } from './federated.ts';
import { deadLetters, freshness, ingestion, stages, usage } from './health.ts';
import { modelRecords, models } from './models.ts';
import { latest, places, series, statuses, totals, usual } from './overview.ts';
import type { Panel } from './panel.ts';
import { cutForestScores } from './sound.ts';
import { floors, placeTypes, statistics, windowSeries, windows, windowTotals } from './windows.ts';

/** Everything that can be asked at `GET /api/panels/{name}`. */
export const PANELS = {
  totals,
  statuses,
  series,
  usual,
  latest,
  places,
  anomaly,
  anomalies,
  'anomalies-over-time': anomaliesOverTime,
  'anomaly-types': anomalyTypes,
  lanes,
  scores,
  'cut-forest-scores': cutForestScores,
  agreement,
  windows,
  'window-totals': windowTotals,
  'window-series': windowSeries,
  floors,
  'place-types': placeTypes,
  correlations,
  'building-series': buildingSeries,
  statistics,
  hours,
  devices,
  models,
  'model-records': modelRecords,
  'federated-rounds': federatedRounds,
  'federated-devices': federatedDevices,
  freshness,
  stages,
  ingestion,
  usage,
  'dead-letters': deadLetters,
} as const satisfies Record<string, Panel>;
export type PanelName = keyof typeof PANELS;

export function isPanelName(name: string): name is PanelName {
  return Object.hasOwn(PANELS, name);
}
