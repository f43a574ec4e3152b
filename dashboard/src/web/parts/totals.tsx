import type { MetricName } from '@plumbline/contracts/metrics';
import { formatCount, formatNumber, formatShare, title, unitOf } from '../format.ts';
import type { TotalsRow } from '../rows.ts';
import type { PanelState } from '../use-panel.ts';
import { type Figure, Figures, NoFiguresYet } from './figures.tsx';

/** The key figures of the range. */
export function Totals({
  state,
  totals,
}: {
  state: PanelState<TotalsRow>;
  totals: TotalsRow | undefined;
}) {
  if (!totals) {
    return state.error ? null : <NoFiguresYet />;
  }
  const share = totals.anomaly_count / Math.max(1, totals.reading_count);
  const figures: Figure[] = [
    ['Readings', formatCount(totals.reading_count), 'in this range'],
    ['Anomalies', formatCount(totals.anomaly_count), `${formatShare(share)} of readings`],
    [
      'Active devices',
      formatCount(totals.active_count),
      totals.silent_count > 0 ? `${formatCount(totals.silent_count)} silent` : 'none is silent',
    ],
    ['Locations', formatCount(totals.location_count), 'rooms with readings'],
    ...metricFigure('temperature', totals.temperature, 'average'),
    ...metricFigure('humidity', totals.humidity, 'average'),
    ...metricFigure('co2', totals.co2, 'average'),
    ...metricFigure('occupancy', totals.occupancy, 'now, all rooms'),
    ...metricFigure('energy', totals.energy, 'used in this range'),
    ['Dead letters', formatCount(totals.dead_letter_count), 'not stored as readings'],
  ];
  return <Figures figures={figures} />;
}

/** Nothing for what is not measured here. */
function metricFigure(metric: MetricName, value: number | null, note: string): Figure[] {
  return value === null ? [] : [[title(metric), formatNumber(metric, value), note, unitOf(metric)]];
}
