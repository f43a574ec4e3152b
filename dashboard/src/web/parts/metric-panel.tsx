import { METRIC_NAMES, METRICS, type MetricName } from '@plumbline/contracts/metrics';
import { type Marker, TimeSeries } from '../charts/time-series.tsx';
import { formatAmount, title } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { AnomalyRow, SeriesRow, StepRow, UsualRow } from '../rows.ts';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

interface MetricPanelProps {
  readonly metric: MetricName;
  readonly state: PanelState<SeriesRow>;
  /** Steps of this metric in time order. */
  readonly rows: readonly SeriesRow[];
  readonly anomalies: readonly AnomalyRow[];
  readonly usual?: UsualRow | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly of: string;
  /** The last of an odd number of panels fills its row. */
  readonly isLastOdd: boolean;
}

/** One metric over time in a panel: mean, range, what is usual, anomalies; a brush narrows the whole page. */
export function MetricPanel(props: MetricPanelProps) {
  const { metric, state, rows, usual, fromMs, toMs } = props;
  const { go } = useView();
  const markers = markersOf(props.anomalies, metric);
  const { unit, decimals } = METRICS[metric];
  return (
    <Panel
      title={title(metric)}
      note={
        <>
          {unit}, mean and range of {props.of}
          {usual && (
            <>
              ; <i class="key usual" aria-hidden="true" /> usual in the last 24 h
            </>
          )}
        </>
      }
      name={`series-${metric}`}
      size={props.isLastOdd ? 'wide' : 'half'}
      state={state}
      rows={rows}
      empty="Not measured in this range."
    >
      <TimeSeries
        summary={summaryOf(metric, rows, markers.length)}
        unit={unit}
        decimals={decimals}
        points={pointsOf(rows)}
        markers={markers}
        {...(usual && { band: bandOf(metric, usual) })}
        fromMs={fromMs}
        toMs={toMs}
        colour={colourOf(metric)}
        onBrush={(from, to) => go({ between: { fromMs: from, toMs: to } })}
      />
    </Panel>
  );
}

/** Steps as points in the middle of the step. */
export function pointsOf(rows: readonly StepRow[]) {
  return rows.map((row) => ({
    atMs: row.start_at + row.step_ms / 2,
    mean: row.mean,
    min: row.min,
    max: row.max,
  }));
}

/** The colour variable of a metric: the same on every page. */
export function colourOf(metric: MetricName): string {
  return `--series-${1 + (METRIC_NAMES.indexOf(metric) % 6)}`;
}

/** Mean plus and minus 3 standard deviations, within what the metric can be. */
function bandOf(metric: MetricName, { mean, deviation }: UsualRow) {
  const { min, max } = METRICS[metric];
  return { low: Math.max(min, mean - 3 * deviation), high: Math.min(max, mean + 3 * deviation) };
}

/** An anomaly is marked at the metric that drove it most. */
export function markersOf(anomalies: readonly AnomalyRow[], metric: MetricName): readonly Marker[] {
  return anomalies.flatMap((row) => {
    const main = row.contributions.reduce<AnomalyRow['contributions'][number] | undefined>(
      (most, part) => (most === undefined || part.share > most.share ? part : most),
      undefined,
    );
    return main?.metric === metric
      ? [{ atMs: row.measured_at, value: main.value, severity: row.severity }]
      : [];
  });
}

export function summaryOf(
  metric: MetricName,
  rows: readonly SeriesRow[],
  anomalyCount: number,
): string {
  const last = rows.at(-1);
  const low = Math.min(...rows.map((row) => row.min));
  const high = Math.max(...rows.map((row) => row.max));
  const value = (number: number) => formatAmount(metric, number);
  return `${title(metric)}: last mean ${last ? value(last.mean) : 'unknown'}, from ${value(low)} to ${value(high)}, ${anomalyCount} anomalies marked`;
}
