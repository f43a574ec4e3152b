import { METRIC_NAMES } from '@plumbline/contracts/metrics';
import { withLiveSeries } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import type { AnomalyRow, ReadingRow, SeriesRow, UsualRow } from '../rows.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';
import { MetricPanel } from './metric-panel.tsx';

interface SeriesPanelsProps {
  /** What arrived over the stream. */
  readonly readings: readonly ReadingRow[];
  readonly anomalies: readonly AnomalyRow[];
}

/** One panel for each metric that was measured, with one cursor over all. */
export function SeriesPanels({ readings, anomalies }: SeriesPanelsProps) {
  const { address, nowMs } = useView();
  const series = usePanel<SeriesRow>('series');
  const usual = usePanel<UsualRow>('usual');
  const byMetric = series.data ? withLiveSeries(series.data, readings) : undefined;
  const metrics = byMetric ? METRIC_NAMES.filter((name) => byMetric.has(name)) : [];
  if (!series.data || !byMetric || metrics.length === 0) {
    return (
      <Panel
        title="Series"
        name="series"
        size="wide"
        state={series}
        rows={[]}
        empty="No readings in this range."
      >
        {null}
      </Panel>
    );
  }
  const toMs = address.between?.toMs ?? Math.max(nowMs, series.data.toMs);
  const fromMs = address.between?.fromMs ?? toMs - (series.data.toMs - series.data.fromMs);
  return (
    <>
      {metrics.map((metric, index) => (
        <MetricPanel
          key={metric}
          metric={metric}
          state={series}
          rows={byMetric.get(metric) ?? []}
          anomalies={anomalies}
          usual={
            address.device === undefined
              ? usual.data?.rows.find((row) => row.metric === metric)
              : undefined
          }
          fromMs={fromMs}
          toMs={toMs}
          of={address.device ?? 'all devices'}
          isLastOdd={index % 2 === 0 && index === metrics.length - 1}
        />
      ))}
    </>
  );
}
