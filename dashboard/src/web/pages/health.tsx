import { Bars } from '../charts/bars.tsx';
import { Columns } from '../charts/columns.tsx';
import { CopyCommand } from '../copy-command.tsx';
import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import { formatAge, formatCount, formatShare, title } from '../format.ts';
import { Panel } from '../panel.tsx';
import { Figures, NoFiguresYet } from '../parts/figures.tsx';
import type { DeadLetterRow, IngestionRow, StageRow } from '../rows.ts';
import { useMlServerUrl } from '../settings.ts';
import { stepName, timeAxis } from '../time-axis.ts';
import { useAnswer } from '../use-answer.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** Is the pipeline itself well: how fast, how far behind, what was given up and why. */
export function Health() {
  const ingestion = usePanel<IngestionRow>('ingestion');
  const deadLetters = usePanel<DeadLetterRow>('dead-letters');
  return (
    <>
      <Stages ingestion={ingestion} />
      <div class="grid">
        <Rate state={ingestion} />
        <Lag state={ingestion} />
        <Reasons state={deadLetters} />
        <DeadLetters state={deadLetters} />
        <Latency />
        <Elsewhere perSecond={lastRate(ingestion.data?.rows ?? [])} />
        <Documents />
      </div>
    </>
  );
}

function Stages({ ingestion }: { ingestion: PanelState<IngestionRow> }) {
  const { nowMs } = useView();
  const state = usePanel<StageRow>('stages');
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
          `of ${formatCount(row.reading_count)} readings in the last 10 min`,
        ],
        ['Measured to predicted', duration(row.prediction_lag_ms), 'mean of the last 10 min'],
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
      note="a second"
      name="ingestion-rate"
      state={state}
      empty="Nothing was received in this range."
    >
      <Columns
        summary="Readings received a second, over time"
        columns={rows.map((row) => ({
          at: Math.max(0, (row.start_at - fromMs) / (toMs - fromMs)),
          width: row.step_ms / (toMs - fromMs),
          parts: [{ value: rate(row), colour: '--series-1' }],
          title: `${stepName(row.start_at, row.step_ms, nowMs)}: ${rate(row).toFixed(1)} a second`,
        }))}
        labels={timeAxis(fromMs, toMs)}
      />
      <p class="note">highest {Math.max(0, ...rows.map(rate)).toFixed(1)} a second</p>
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

function Reasons({ state }: { state: PanelState<DeadLetterRow> }) {
  const byReason = [...Map.groupBy(state.data?.rows ?? [], (row) => row.reason)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  return (
    <Panel
      title="Dead letters by reason"
      note="what could not be stored as a reading"
      name="dead-letter-reasons"
      size="third"
      state={state}
      empty="None: everything that arrived was stored."
    >
      <Bars
        bars={byReason.map(([reason, rows]) => ({
          label: title(reason),
          value: rows.length,
          text: formatCount(rows.length),
          colour: '--critical-fill',
        }))}
      />
    </Panel>
  );
}

function DeadLetters({ state }: { state: PanelState<DeadLetterRow> }) {
  const { nowMs } = useView();
  return (
    <Panel
      title="Dead letters"
      name="dead-letters"
      size="two-thirds"
      isTable
      state={state}
      empty="None: everything that arrived was stored."
    >
      <DataTable
        label="Dead letters"
        rows={state.data?.rows ?? []}
        keyOf={(row) => row.dead_letter_id}
        columns={[
          timeColumn('received_at', 'Received', (row: DeadLetterRow) => row.received_at, nowMs),
          { name: 'reason', label: 'Reason', value: (row) => title(row.reason) },
          {
            name: 'detail',
            label: 'Detail',
            value: (row) => row.detail,
            cell: (row) => <span class="long">{row.detail}</span>,
          },
          { name: 'message_id', label: 'Message', value: (row) => row.message_id },
        ]}
      />
    </Panel>
  );
}

interface RouteLatency {
  readonly route: string;
  readonly request_count: number;
  readonly mean_ms: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

/** How long the ML server took, by its own count. */
function Latency() {
  const { body, error } = useAnswer<{ readonly routes: readonly RouteLatency[] }>('/api/latency');
  return (
    <section class="panel" aria-label="Latency of the ML server" data-panel="api-latency">
      <header>
        <div>
          <h2>Latency of the ML server</h2>
          <p class="note">
            since it started, in ms; quantiles from its histogram, a dash beyond its last step
          </p>
        </div>
      </header>
      {error ? (
        <p class="failed">{error}</p>
      ) : !body ? (
        <div class="skeleton" aria-hidden="true" />
      ) : (
        <DataTable
          label="Latency of the ML server"
          rows={body.routes}
          keyOf={(row) => row.route}
          columns={[
            { name: 'route', label: 'Route', value: (row) => row.route },
            numberColumn(
              'request_count',
              'Requests',
              (row: RouteLatency) => row.request_count,
              formatCount,
            ),
            numberColumn('mean_ms', 'Mean', (row: RouteLatency) => row.mean_ms, milliseconds),
            numberColumn('p50_ms', 'Median', (row: RouteLatency) => row.p50_ms, milliseconds),
            numberColumn('p95_ms', '95 %', (row: RouteLatency) => row.p95_ms, milliseconds),
            numberColumn('p99_ms', '99 %', (row: RouteLatency) => row.p99_ms, milliseconds),
          ]}
        />
      )}
    </section>
  );
}

function milliseconds(value: number): string {
  return value.toFixed(1);
}

/** What this page does not measure, and the command that does. */
function Elsewhere({ perSecond }: { perSecond: number }) {
  return (
    <section class="panel" aria-label="Backlog and cost">
      <header>
        <div>
          <h2>Backlog and cost</h2>
          <p class="note">not measured here: both take more rights than to query BigQuery</p>
        </div>
      </header>
      <h3>Backlog of Pub/Sub</h3>
      <p>
        Waiting for a prediction, above, counts what is stored and not judged. Messages that are not
        stored yet are on the page Plumbline of Cloud Monitoring.
      </p>
      <h3>Cost a month at the present rate, from list prices</h3>
      <CopyCommand command={`npm run cost -- --rate ${Number(perSecond.toPrecision(2)) || 1}`} />
    </section>
  );
}

function Documents() {
  const url = useMlServerUrl();
  return (
    <section class="panel wide" aria-label="Where to read on">
      <h2>Where to read on</h2>
      <p class="note">
        docs/runbook.md says what to do about each figure here, docs/ARCHITECTURE.md how the parts
        fit. The ML server describes its API{' '}
        <a href={`${url}/docs`} target="_blank" rel="noreferrer">
          with buttons
        </a>
        . Every panel shows its SQL under ⋯.
      </p>
    </section>
  );
}

/** Readings a second in the last whole step of the range. */
function lastRate(rows: readonly IngestionRow[]): number {
  const row = rows.at(-2) ?? rows.at(-1);
  return row ? rate(row) : 0;
}

function rate(row: IngestionRow): number {
  return row.row_count / (row.step_ms / 1000);
}

function duration(ms: number | null): string {
  if (ms === null) return '–';
  return Math.abs(ms) < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatAge(ms);
}
