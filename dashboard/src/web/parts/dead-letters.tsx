import { Bars } from '../charts/bars.tsx';
import { DataTable, timeColumn } from '../data-table.tsx';
import { formatCount, title } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { DeadLetterRow } from '../rows.ts';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

export function DeadLetterReasons({ state }: { state: PanelState<DeadLetterRow> }) {
  const { address } = useView();
  const byReason = [...Map.groupBy(state.data?.rows ?? [], (row) => row.reason)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  return (
    <Panel
      title="Dead letters by reason"
      note={`what could not be stored as a reading${cutOf(state, address.records)}`}
      name="dead-letter-reasons"
      size="two-thirds"
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

export function DeadLetters({ state }: { state: PanelState<DeadLetterRow> }) {
  const { address, nowMs } = useView();
  return (
    <Panel
      title="Dead letters"
      note={`newest first${cutOf(state, address.records)}`}
      name="dead-letters"
      size="wide"
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

/** Says so where there may be more than was asked for. */
function cutOf({ data }: PanelState<DeadLetterRow>, records: number): string {
  return data && data.rows.length >= records ? `; the newest ${formatCount(records)}` : '';
}
