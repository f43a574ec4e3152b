import { METRIC_NAMES } from '@plumbline/contracts/metrics';
import { DataTable, timeColumn } from '../data-table.tsx';
import { formatAmount, formatPlace, title } from '../format.ts';
import { withLiveRows } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import type { ReadingRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import { useLiveRows } from '../use-live-rows.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** The newest readings with their status; those that just arrived are on top at once. */
export function LatestReadings() {
  const { address, nowMs, go, live } = useView();
  const arrived = useLiveRows().readings;
  const latest = usePanel<ReadingRow>('latest', { limit: 15 });
  const fetched = latest.data?.rows ?? [];
  const rows = withLiveRows(fetched, address.severity === undefined ? arrived : [], 15).map(
    (row) => ({ ...row, severity: row.severity ?? live.severities.get(row.reading_id) ?? null }),
  );
  return (
    <Panel
      title="Latest readings"
      name="latest-readings"
      state={latest}
      rows={rows}
      size="wide"
      isTable
      empty="No readings in the last hour of this range."
    >
      <DataTable
        label="Latest readings"
        rows={rows}
        keyOf={(row) => row.reading_id}
        onOpen={(row) => go({ page: 'devices', device: row.device_id })}
        columns={[
          { name: 'device_id', label: 'Device', value: (row) => row.device_id },
          timeColumn('measured_at', 'Measured', (row: ReadingRow) => row.measured_at, nowMs),
          { name: 'place', label: 'Place', value: formatPlace },
          {
            name: 'severity',
            label: 'Status',
            value: (row) => row.severity ?? null,
            cell: (row) => <Severity severity={row.severity} />,
          },
          {
            name: 'metrics',
            label: 'Measured values',
            value: formatMetrics,
            cell: (row) => <span class="long">{formatMetrics(row)}</span>,
          },
        ]}
      />
    </Panel>
  );
}

/** Everything that was measured, in words. */
export function formatMetrics(row: MetricValues): string {
  return METRIC_NAMES.filter((name) => typeof row[name] === 'number')
    .map((name) => `${title(name)} ${formatAmount(name, row[name])}`)
    .join(', ');
}

type MetricValues = Readonly<Partial<Record<(typeof METRIC_NAMES)[number], number | null>>>;
