import { Axis } from '../charts/axis.tsx';
import { Bars } from '../charts/bars.tsx';
import { Columns } from '../charts/columns.tsx';
import { Lanes } from '../charts/lanes.tsx';
import type { PanelData } from '../fetch-panel.ts';
import { formatCount, title } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { LaneRow, ScoreRow, StepCountRow, TypeRow } from '../rows.ts';
import { stepName, timeAxis } from '../time-axis.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

const MOST_LANES = 15;
/** Width of a column of scores, as the server counts them. */
const BIN = 0.02;
const NONE = 'No anomaly in this range.';

/** Which devices were off true, and when. */
export function SwimLanes() {
  const { nowMs, go } = useView();
  const state = usePanel<LaneRow>('lanes');
  const rows = state.data?.rows ?? [];
  const { fromMs = 0, toMs = 1 } = state.data ?? {};
  const spanMs = toMs - fromMs;
  const most = Math.max(...rows.map((row) => row.score), Number.MIN_VALUE);
  const byDevice = [...Map.groupBy(rows, (row) => row.device_id)].sort(
    ([, a], [, b]) => weight(b) - weight(a),
  );
  const lanes = byDevice.slice(0, MOST_LANES).map(([name, cells]) => ({
    name,
    cells: cells.map((row) => ({
      at: Math.max(0, (row.start_at - fromMs) / spanMs),
      width: Math.min(row.step_ms, toMs - row.start_at) / spanMs,
      strength: row.score / most,
      severity: row.critical_count > 0 ? ('critical' as const) : ('warning' as const),
      title: `${stepName(row.start_at, row.step_ms, nowMs)}: ${formatCount(row.anomaly_count)} anomalies, score up to ${row.score.toFixed(2)}`,
      onOpen: () => go({ open: row.reading_id }),
    })),
  }));
  return (
    <Panel
      title="Devices over time"
      note={
        byDevice.length > MOST_LANES
          ? `the ${MOST_LANES} with most anomalies of ${formatCount(byDevice.length)}`
          : 'each cell opens what was found there'
      }
      name="lanes"
      size="wide"
      state={state}
      empty={NONE}
    >
      <Lanes lanes={lanes} />
      <Axis labels={timeAxis(fromMs, toMs)} isLanes />
    </Panel>
  );
}

export function AnomaliesOverTime() {
  const state = usePanel<StepCountRow>('anomalies-over-time');
  return (
    <Panel
      title="Anomalies over time"
      note="critical below, warning above"
      name="anomalies-over-time"
      state={state}
      empty={NONE}
    >
      {state.data && <AnomalyColumns data={state.data} />}
    </Panel>
  );
}

/** Anomalies of each step, critical below and warning above. */
export function AnomalyColumns({ data }: { data: PanelData<StepCountRow> }) {
  const { nowMs } = useView();
  const { fromMs, toMs, rows } = data;
  const columns = [...Map.groupBy(rows, (row) => row.start_at)].map(([start, parts]) => {
    const count = (severity: string) =>
      parts.find((part) => part.severity === severity)?.anomaly_count ?? 0;
    const stepMs = parts[0]?.step_ms ?? 0;
    return {
      at: Math.max(0, (start - fromMs) / (toMs - fromMs)),
      width: stepMs / (toMs - fromMs),
      parts: [
        { value: count('critical'), colour: '--critical-fill' },
        { value: count('warning'), colour: '--warning-fill' },
      ],
      title: `${stepName(start, stepMs, nowMs)}: ${count('critical')} critical, ${count('warning')} warning`,
    };
  });
  const total = rows.reduce((sum, row) => sum + row.anomaly_count, 0);
  return (
    <Columns
      summary={`${formatCount(total)} anomalies over time`}
      columns={columns}
      labels={timeAxis(fromMs, toMs)}
    />
  );
}

/** How scores are spread beside the threshold they were held against. */
export function ScoreHistogram() {
  const state = usePanel<ScoreRow>('scores');
  const rows = state.data?.rows ?? [];
  const predictions = rows.reduce((sum, row) => sum + row.prediction_count, 0);
  const threshold =
    rows.reduce((sum, row) => sum + row.threshold * row.prediction_count, 0) /
    Math.max(1, predictions);
  const most = Math.max(2 * threshold, BIN);
  const last = most - BIN;
  const bins = [...Map.groupBy(rows, (row) => Math.min(row.score, last))];
  return (
    <Panel
      title="Scores"
      note="predictions by score, on a root scale so that few are seen beside many"
      name="scores"
      state={state}
      empty="No prediction in this range."
    >
      <Columns
        summary={`${formatCount(predictions)} predictions by score, threshold ${threshold.toFixed(2)}`}
        isRooted
        columns={bins.map(([score, merged]) => {
          const all = merged.reduce((sum, row) => sum + row.prediction_count, 0);
          const anomalies = merged.reduce((sum, row) => sum + row.anomaly_count, 0);
          return {
            at: score / most,
            width: BIN / most,
            parts: [
              { value: anomalies, colour: '--critical-fill' },
              { value: all - anomalies, colour: '--series-1' },
            ],
            title: `${score.toFixed(2)}${score === last ? ' and more' : ''}: ${formatCount(all)} predictions, ${formatCount(anomalies)} anomalies`,
          };
        })}
        labels={[0, 0.25, 0.5, 0.75, 1].map((at) => ({
          at,
          text: `${at === 1 ? '≥ ' : ''}${(at * most).toFixed(2)}`,
        }))}
        mark={{ at: Math.min(1, threshold / most), text: `threshold ${threshold.toFixed(2)}` }}
      />
    </Panel>
  );
}

export function AnomalyTypes() {
  const state = usePanel<TypeRow>('anomaly-types');
  return (
    <Panel
      title="Types"
      note="anomalies, and devices that had them"
      name="anomaly-types"
      size="two-thirds"
      state={state}
      empty={NONE}
    >
      <Bars
        bars={(state.data?.rows ?? []).map((row) => ({
          label: title(row.type),
          value: row.anomaly_count,
          text: `${formatCount(row.anomaly_count)} on ${formatCount(row.device_count)} ${row.device_count === 1 ? 'device' : 'devices'}`,
          colour: '--series-4',
        }))}
      />
    </Panel>
  );
}

function weight(rows: readonly LaneRow[]): number {
  return rows.reduce((sum, row) => sum + row.anomaly_count + 1000 * row.critical_count, 0);
}
