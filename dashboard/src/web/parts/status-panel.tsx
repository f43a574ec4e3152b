import { SEVERITIES } from '../address.ts';
import { formatCount, formatShare } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { StatusRow, StepCountRow } from '../rows.ts';
import { Severity } from '../severity.tsx';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';
import { AnomalyColumns } from './anomaly-charts.tsx';

/** How many devices are normal, warning and critical; each opens the devices of that kind. */
export function StatusPanel() {
  const statuses = usePanel<StatusRow>('statuses');
  const anomalies = usePanel<StepCountRow>('anomalies-over-time');
  const { go } = useView();
  const countOf = (severity: string) =>
    statuses.data?.rows.find((row) => row.severity === severity)?.device_count ?? 0;
  const total = SEVERITIES.reduce((sum, severity) => sum + countOf(severity), 0);
  return (
    <Panel
      title="Devices now"
      note="by the worst of the last 5 minutes"
      name="statuses"
      size="third"
      state={statuses}
      empty="No device was scored in the last 5 minutes."
    >
      <div class="stack" aria-hidden="true">
        {SEVERITIES.map((severity) => (
          <i key={severity} class={severity} style={{ flexGrow: countOf(severity) }} />
        ))}
      </div>
      <ul class="counts">
        {SEVERITIES.map((severity) => (
          <li key={severity}>
            <button
              type="button"
              class="count-row"
              onClick={() => go({ severity, page: 'devices' })}
            >
              <Severity severity={severity} />
              <b>{formatCount(countOf(severity))}</b>
              <span class="share">{formatShare(countOf(severity) / Math.max(1, total))}</span>
            </button>
          </li>
        ))}
      </ul>
      {anomalies.data && anomalies.data.rows.length > 0 && (
        <>
          <h3>Anomalies in this range</h3>
          <AnomalyColumns data={anomalies.data} />
        </>
      )}
    </Panel>
  );
}
