import { METRIC_NAMES } from '@plumbline/contracts/metrics';
import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import { formatAge, formatCount, formatPlace } from '../format.ts';
import { withLiveRows } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import { CutForestScores } from '../parts/cut-forest-scores.tsx';
import { EpisodeList } from '../parts/episode-list.tsx';
import { FloorPlan } from '../parts/floor-plan.tsx';
import { formatMetrics, LatestReadings } from '../parts/latest-readings.tsx';
import { SeriesPanels } from '../parts/series-panels.tsx';
import type { AnomalyRow, DeviceRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import { useLiveRows } from '../use-live-rows.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

const SILENT_AFTER_MS = 5 * 60_000;

/** All devices, those in alarm first; or one device with all it measured. */
export function Devices() {
  const { address } = useView();
  return address.device === undefined ? <Fleet /> : <Device device={address.device} />;
}

function Fleet() {
  const state = usePanel<DeviceRow>('devices');
  const rows = state.data?.rows ?? [];
  return (
    <div class="grid">
      <FloorPlan state={state} rows={rows} />
      <DeviceTable state={state} rows={rows} />
    </div>
  );
}

function DeviceTable({
  state,
  rows,
}: {
  state: PanelState<DeviceRow>;
  rows: readonly DeviceRow[];
}) {
  const { address, nowMs, go } = useView();
  const endMs = address.between?.toMs ?? nowMs;
  const silent = rows.filter((row) => endMs - row.measured_at > SILENT_AFTER_MS).length;
  return (
    <Panel
      title="Devices"
      note={`${rows.length >= address.records ? 'the first ' : ''}${formatCount(rows.length)} in the last day, in alarm first${silent > 0 ? `; ${formatCount(silent)} silent for more than 5 min` : ''}`}
      name="devices"
      size="wide"
      isTable
      state={state}
      empty="No device sent a reading in the last day."
    >
      <DataTable
        label="Devices"
        rows={rows}
        keyOf={(row) => row.device_id}
        onOpen={(row) => go({ device: row.device_id })}
        columns={[
          { name: 'device_id', label: 'Device', value: (row) => row.device_id },
          {
            name: 'severity',
            label: 'Status',
            value: (row) => row.severity,
            cell: (row) =>
              endMs - row.measured_at > SILENT_AFTER_MS ? (
                <span class="severity silent">○ silent {formatAge(endMs - row.measured_at)}</span>
              ) : (
                <Severity severity={row.severity} />
              ),
          },
          numberColumn(
            'anomaly_count',
            'Anomalies',
            (row: DeviceRow) => row.anomaly_count,
            formatCount,
          ),
          timeColumn(
            'last_anomaly_at',
            'Last anomaly',
            (row: DeviceRow) => row.last_anomaly_at,
            nowMs,
          ),
          { name: 'place', label: 'Place', value: formatPlace },
          timeColumn('measured_at', 'Last reading', (row: DeviceRow) => row.measured_at, nowMs),
          {
            name: 'metrics',
            label: 'Measured values',
            value: (row) => METRIC_NAMES.filter((name) => typeof row[name] === 'number').length,
            cell: (row) => <span class="long">{formatMetrics(row)}</span>,
          },
        ]}
      />
    </Panel>
  );
}

function Device({ device }: { device: string }) {
  const { nowMs, go } = useView();
  const live = useLiveRows();
  const found = usePanel<DeviceRow>('devices', { limit: 1 });
  const anomalies = usePanel<AnomalyRow>('anomalies', { limit: 500 });
  const shown = withLiveRows(anomalies.data?.rows ?? [], live.anomalies, 500);
  const row = found.data?.rows[0];
  return (
    <>
      <section class={`verdict ${row?.severity ?? 'unknown'}`}>
        <h1>{device}</h1>
        {row ? (
          <p>
            <Severity severity={row.severity} /> {formatPlace(row)}; last reading{' '}
            {formatAge(nowMs - row.measured_at)} ago: {formatMetrics(row)}
          </p>
        ) : (
          <p>{found.data ? 'Sent nothing in the last day.' : (found.error ?? 'Looking…')}</p>
        )}
        <button type="button" class="quiet" onClick={() => go({ device: undefined })}>
          All devices
        </button>
      </section>
      <div class="grid after">
        <SeriesPanels readings={live.readings} anomalies={shown} />
        <CutForestScores device={device} />
        <EpisodeList state={anomalies} anomalies={shown} limit={10} size="wide" />
        <LatestReadings />
      </div>
    </>
  );
}
