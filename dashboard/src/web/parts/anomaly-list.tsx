import { formatTime } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { AnomalyRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

/** The newest anomalies with their reasons; each opens in the drawer. */
export function AnomalyList({
  state,
  rows,
  size = 'two-thirds',
}: {
  state: PanelState<AnomalyRow>;
  rows: readonly AnomalyRow[];
  size?: 'wide' | 'two-thirds';
}) {
  const { nowMs, go } = useView();
  return (
    <Panel
      title="Latest anomalies"
      note="what is off, and what was expected"
      name="anomalies"
      state={state}
      rows={rows}
      size={size}
      empty="No anomaly in this range."
    >
      <ul class="anomalies">
        {rows.map((row) => (
          <li key={row.reading_id}>
            <button type="button" class="anomaly-row" onClick={() => go({ open: row.reading_id })}>
              <time dateTime={new Date(row.measured_at).toISOString()}>
                {formatTime(row.measured_at, nowMs)}
              </time>
              <Severity severity={row.severity} />
              <strong class="device">{row.device_id}</strong>
              <span class="why">{row.explanation}</span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
