import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import { formatCount, formatShare, words } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { FederatedDeviceRow, FederatedRoundRow } from '../rows.ts';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

export function DeviceQuality(props: { devices: PanelState<FederatedDeviceRow>; fleet: string }) {
  const { nowMs, go } = useView();
  const rows = (props.devices.data?.rows ?? []).filter((row) => row.fleet === props.fleet);
  return (
    <Panel
      title="Devices"
      note="how well the shared weights fit each, the worst first; the anomalies are those it found by itself"
      name="federated-devices"
      size="wide"
      isTable
      state={props.devices}
      rows={rows}
      empty="No device took part in this range."
    >
      <DataTable
        label="Devices of the fleet"
        rows={rows}
        keyOf={(row) => row.client_id}
        onOpen={(row) => go({ page: 'devices', device: row.client_id })}
        columns={[
          { name: 'client_id', label: 'Device', value: (row) => row.client_id },
          numberColumn(
            'loss',
            'Loss',
            (row: FederatedDeviceRow) => row.loss,
            (value) => value.toFixed(4),
          ),
          numberColumn(
            'change',
            'Since its first round here',
            (row: FederatedDeviceRow) =>
              row.first_loss > 0 ? row.loss / row.first_loss - 1 : null,
            (value) => `${value > 0 ? '+' : value < 0 ? '−' : ''}${formatShare(Math.abs(value))}`,
          ),
          numberColumn(
            'round_count',
            'Rounds',
            (row: FederatedDeviceRow) => row.round_count,
            formatCount,
          ),
          numberColumn(
            'sample_count',
            'Learned from',
            (row: FederatedDeviceRow) => row.sample_count,
            formatCount,
          ),
          numberColumn(
            'scored_count',
            'Scored',
            (row: FederatedDeviceRow) => row.scored_count,
            formatCount,
          ),
          numberColumn(
            'anomaly_count',
            'Anomalies',
            (row: FederatedDeviceRow) => row.anomaly_count,
            (count, row) =>
              `${formatCount(count)} (${formatShare(count / Math.max(1, row.scored_count))})`,
          ),
          timeColumn('last_at', 'Last took part', (row: FederatedDeviceRow) => row.last_at, nowMs),
        ]}
      />
    </Panel>
  );
}

export function RoundTable({
  rounds,
  rows,
}: {
  rounds: PanelState<FederatedRoundRow>;
  rows: readonly FederatedRoundRow[];
}) {
  const { nowMs } = useView();
  return (
    <Panel
      title="Rounds"
      name="federated-rounds"
      size="wide"
      isTable
      state={rounds}
      rows={rows}
      empty="No round in this range."
    >
      <DataTable
        label="Rounds"
        rows={rows}
        keyOf={(row) => String(row.round)}
        columns={[
          { name: 'round', label: 'Round', value: (row) => row.round },
          timeColumn('finished_at', 'Ended', (row: FederatedRoundRow) => row.finished_at, nowMs),
          numberColumn(
            'took',
            'Took',
            (row: FederatedRoundRow) => (row.finished_at - row.started_at) / 1000,
            (seconds) => `${seconds.toFixed(1)} s`,
          ),
          { name: 'outcome', label: 'Outcome', value: (row) => words(row.outcome) },
          numberColumn(
            'participant_count',
            'Took part',
            (row: FederatedRoundRow) => row.participant_count,
            formatCount,
          ),
          numberColumn(
            'straggler_count',
            'Late',
            (row: FederatedRoundRow) => row.straggler_count,
            formatCount,
          ),
          numberColumn(
            'refused_count',
            'Refused',
            (row: FederatedRoundRow) => row.refused_count,
            formatCount,
          ),
          numberColumn(
            'sample_count',
            'Points',
            (row: FederatedRoundRow) => row.sample_count,
            formatCount,
          ),
          numberColumn(
            'loss',
            'Loss',
            (row: FederatedRoundRow) => row.loss,
            (value) => value.toFixed(4),
          ),
        ]}
      />
    </Panel>
  );
}
