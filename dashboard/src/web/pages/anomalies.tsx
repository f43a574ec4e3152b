import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import { formatAmount, formatCount, formatShare, keepUnits, title, words } from '../format.ts';
import { withLiveRows } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import {
  AnomaliesOverTime,
  AnomalyTypes,
  ScoreHistogram,
  SwimLanes,
} from '../parts/anomaly-charts.tsx';
import { Figures, NoFiguresYet } from '../parts/figures.tsx';
import type { AgreementRow, AnomalyRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import { useLiveRows } from '../use-live-rows.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** What was found, by whom, and how strange it was. */
export function Anomalies() {
  const agreement = usePanel<AgreementRow>('agreement');
  return (
    <>
      <Agreement state={agreement} />
      <div class="grid">
        <SwimLanes />
        <AnomaliesOverTime />
        <ScoreHistogram />
        <AnomalyTypes />
        <Methods state={agreement} />
        <AnomalyTable />
      </div>
    </>
  );
}

function Agreement({ state }: { state: PanelState<AgreementRow> }) {
  const row = state.data?.rows[0];
  if (!row) return state.error ? null : <NoFiguresYet />;
  const total = row.prediction_count;
  const agreed = total - row.rule_only_count - row.model_only_count;
  if (total === 0) {
    return (
      <p class="hint">
        No model has scored in this range yet: rules alone decide. The first model comes when the
        trainer has at least 50 samples of a metric.
      </p>
    );
  }
  return (
    <Figures
      figures={[
        ['Scored by a model', formatCount(total), 'readings in this range'],
        ['Agreement', formatShare(agreed / total), 'rules and models say the same'],
        ['Both', formatCount(row.both_count), 'called it an anomaly'],
        ['Models only', formatCount(row.model_only_count), 'no rule is broken'],
        ['Rules only', formatCount(row.rule_only_count), 'usual for the model'],
      ]}
    />
  );
}

function Methods({ state }: { state: PanelState<AgreementRow> }) {
  const row = state.data?.rows[0];
  const neither = row
    ? row.prediction_count - row.both_count - row.rule_only_count - row.model_only_count
    : 0;
  return (
    <Panel
      title="Models against rules"
      note="readings scored by a model"
      name="agreement"
      size="third"
      state={state}
      empty="No model has scored in this range."
    >
      {row && (
        <table class="matrix">
          <thead>
            <tr>
              <td />
              <th scope="col">Rules: anomaly</th>
              <th scope="col">Rules: normal</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Model: anomaly</th>
              <td class="agree">{formatCount(row.both_count)}</td>
              <td>{formatCount(row.model_only_count)}</td>
            </tr>
            <tr>
              <th scope="row">Model: normal</th>
              <td>{formatCount(row.rule_only_count)}</td>
              <td class="agree">{formatCount(neither)}</td>
            </tr>
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function AnomalyTable() {
  const { address, nowMs, go } = useView();
  const state = usePanel<AnomalyRow>('anomalies');
  const rows = withLiveRows(state.data?.rows ?? [], useLiveRows().anomalies, address.records);
  return (
    <Panel
      title="Anomalies"
      note={`${rows.length >= address.records ? 'the newest ' : 'all '}${formatCount(rows.length)} of this range`}
      name="anomaly-table"
      size="wide"
      isTable
      state={state}
      rows={rows}
      empty="No anomaly in this range."
    >
      <DataTable
        label="Anomalies"
        rows={rows}
        keyOf={(row) => row.reading_id}
        onOpen={(row) => go({ open: row.reading_id })}
        columns={[
          timeColumn('measured_at', 'Measured', (row: AnomalyRow) => row.measured_at, nowMs),
          {
            name: 'severity',
            label: 'Severity',
            value: (row) => row.severity,
            cell: (row) => <Severity severity={row.severity} />,
          },
          { name: 'device_id', label: 'Device', value: (row) => row.device_id },
          { name: 'metric', label: 'Metric', value: (row) => title(mainOf(row)?.metric ?? '–') },
          numberColumn(
            'value',
            'Value',
            (row: AnomalyRow) => mainOf(row)?.value ?? null,
            (value, row) => formatAmount(mainOf(row)?.metric ?? '', value),
          ),
          numberColumn(
            'expected',
            'Expected',
            (row: AnomalyRow) => mainOf(row)?.expected ?? null,
            (value, row) => formatAmount(mainOf(row)?.metric ?? '', value),
          ),
          numberColumn(
            'score',
            'Score',
            (row: AnomalyRow) => row.score,
            (score) => score.toFixed(3),
          ),
          {
            name: 'detectors',
            label: 'Found by',
            value: (row) => row.detectors.map(words).join(', '),
            cell: (row) => <span class="few">{row.detectors.map(words).join(', ')}</span>,
          },
          {
            name: 'explanation',
            label: 'Reason',
            value: (row) => row.explanation,
            cell: (row) => <span class="long">{keepUnits(row.explanation)}</span>,
          },
        ]}
      />
    </Panel>
  );
}

function mainOf(row: AnomalyRow) {
  return row.contributions.toSorted((a, b) => b.share - a.share)[0];
}
