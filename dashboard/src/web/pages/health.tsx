import { Columns } from '../charts/columns.tsx';
import { formatAge, formatCount, formatShare } from '../format.ts';
import { Panel } from '../panel.tsx';
import { ApiLatency } from '../parts/api-latency.tsx';
import { Backlog, Cost } from '../parts/backlog-and-cost.tsx';
import { DeadLetterReasons, DeadLetters } from '../parts/dead-letters.tsx';
import { Figures, NoFiguresYet } from '../parts/figures.tsx';
import { Runbook } from '../parts/runbook.tsx';
import type { DeadLetterRow, IngestionRow, StageRow } from '../rows.ts';
import { stepName, timeAxis } from '../time-axis.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** Is the pipeline itself well: how fast, how far behind, what was given up and why. */
export function Health() {
  const ingestion = usePanel<IngestionRow>('ingestion');
  const stages = usePanel<StageRow>('stages');
  const deadLetters = usePanel<DeadLetterRow>('dead-letters');
  return (
    <>
      <Stages state={stages} ingestion={ingestion} />
      <div class="grid">
        <Rate state={ingestion} />
        <Lag state={ingestion} />
        <ApiLatency />
        <Cost perSecond={(stages.data?.rows[0]?.reading_count ?? 0) / STAGES_SECONDS} />
        <Backlog />
        <DeadLetterReasons state={deadLetters} />
        <DeadLetters state={deadLetters} />
        <Runbook />
      </div>
    </>
  );
}

/** Stages count what was measured in this time: what comes in from long ago is not the present rate. */
const STAGES_SECONDS = 600;

interface StagesProps {
  readonly state: PanelState<StageRow>;
  readonly ingestion: PanelState<IngestionRow>;
}

function Stages({ state, ingestion }: StagesProps) {
  const { nowMs } = useView();
  const row = state.data?.rows[0];
  if (!row) return state.error ? <p class="failed">{state.error}</p> : <NoFiguresYet />;
  const ago = (atMs: number | null) => (atMs === null ? 'never' : formatAge(nowMs - atMs));
  const steps = ingestion.data?.rows ?? [];
  const rows = steps.reduce((sum, step) => sum + step.row_count, 0);
  const copies = steps.reduce((sum, step) => sum + step.copy_count, 0);
  return (
    <Figures
      figures={[
        ['Last reading stored', ago(row.received_at), 'ago'],
        ['Last prediction', ago(row.predicted_at), 'ago'],
        ['Last window computed', ago(row.computed_at), 'ago, every 5 minutes'],
        [
          'Waiting for a prediction',
          formatCount(row.waiting_count),
          row.oldest_waiting_at === null
            ? `of ${formatCount(row.reading_count)} in the last 10 min`
            : `the oldest for ${ago(row.oldest_waiting_at)}`,
        ],
        [
          'Measured to predicted',
          duration(row.prediction_lag_p50_ms),
          `median; 95 % within ${duration(row.prediction_lag_p95_ms)}`,
        ],
        ['Redeliveries', formatShare(copies / Math.max(1, rows)), 'dropped by the view readings'],
      ]}
    />
  );
}

function Rate({ state }: { state: PanelState<IngestionRow> }) {
  const { nowMs } = useView();
  const { fromMs = 0, toMs = 1, rows = [] } = state.data ?? {};
  return (
    <Panel
      title="Readings received"
      note="a second; on a root scale"
      name="ingestion-rate"
      state={state}
      empty="Nothing was received in this range."
    >
      <Columns
        summary="Readings received a second, over time"
        isRooted
        format={aSecond}
        columns={rows.map((row) => ({
          at: Math.max(0, (row.start_at - fromMs) / (toMs - fromMs)),
          width: row.step_ms / (toMs - fromMs),
          parts: [{ value: rate(row), colour: '--series-1' }],
          title: `${stepName(row.start_at, row.step_ms, nowMs)}: ${aSecond(rate(row))} a second`,
        }))}
        labels={timeAxis(fromMs, toMs)}
      />
    </Panel>
  );
}

function Lag({ state }: { state: PanelState<IngestionRow> }) {
  const { nowMs } = useView();
  const { fromMs = 0, toMs = 1, rows = [] } = state.data ?? {};
  return (
    <Panel
      title="Lag"
      note="from measured to received, mean; on a root scale"
      name="ingestion-lag"
      state={state}
      empty="Nothing was received in this range."
    >
      <Columns
        summary="Lag from measured to received, over time"
        isRooted
        format={duration}
        columns={rows.map((row) => ({
          at: Math.max(0, (row.start_at - fromMs) / (toMs - fromMs)),
          width: row.step_ms / (toMs - fromMs),
          parts: [{ value: Math.max(0, row.mean_lag_ms), colour: '--series-2' }],
          title: `${stepName(row.start_at, row.step_ms, nowMs)}: mean ${duration(row.mean_lag_ms)}, at most ${duration(row.max_lag_ms)}`,
        }))}
        labels={timeAxis(fromMs, toMs)}
      />
      <p class="note">longest {duration(Math.max(0, ...rows.map((row) => row.max_lag_ms)))}</p>
    </Panel>
  );
}

function rate(row: IngestionRow): number {
  return row.row_count / (row.step_ms / 1000);
}

/** `0.4`, `12.3`, `2,614`. */
function aSecond(value: number): string {
  return value < 100 ? value.toFixed(1) : formatCount(value);
}

function duration(ms: number | null): string {
  if (ms === null) return '–';
  return Math.abs(ms) < 10_000 ? `${(ms / 1000).toFixed(1)}\u00a0s` : formatAge(ms);
}
