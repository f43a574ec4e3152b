import type { MetricName } from '@plumbline/contracts/metrics';
import { amountOf, formatLarge, formatShare, title } from '../format.ts';
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
    ['Readings', formatLarge(totals.reading_count), 'in this range'],
    ['Anomalies', formatLarge(totals.anomaly_count), `${formatShare(share)} of readings`],
    [
      'Active devices',
      formatLarge(totals.active_count),
      totals.silent_count > 0 ? `${formatLarge(totals.silent_count)} silent` : 'none is silent',
    ],
    ['Locations', formatLarge(totals.location_count), 'with readings'],
    ...metricFigure('temperature', totals.temperature, 'average'),
    ...metricFigure('humidity', totals.humidity, 'average'),
    ...metricFigure('co2', totals.co2, 'average'),
    ...metricFigure('occupancy', totals.occupancy, 'now, all rooms'),
    ...metricFigure('energy', totals.energy, 'used in this range'),
    ['Dead letters', formatLarge(totals.dead_letter_count), 'not stored'],
  ];
  return <Figures figures={figures} />;
}

/** Nothing for what is not measured here. */
function metricFigure(metric: MetricName, value: number | null, note: string): Figure[] {
  if (value === null) return [];
  const [text, unit] = amountOf(metric, value);
  return [[title(metric), text, note, unit]];
}
