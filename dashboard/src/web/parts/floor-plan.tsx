import { METRICS } from '@plumbline/contracts/metrics';
import { formatNumber, formatPlace, title, unitOf } from '../format.ts';
import { Panel } from '../panel.tsx';
import type { DeviceRow } from '../rows.ts';
import { SeverityShape } from '../severity.tsx';
import type { PanelState } from '../use-panel.ts';
import { useView } from '../view.ts';

/**
 * Every building as a stack of floors with its rooms side by side: a plan by number, as nobody gave us a
 * drawing. Coloured by severity, or by the metric that is filtered for.
 */
export function FloorPlan({
  state,
  rows,
}: {
  state: PanelState<DeviceRow>;
  rows: readonly DeviceRow[];
}) {
  const { address } = useView();
  const metric = address.metric;
  const placed = rows.filter((row) => row.building !== null);
  const buildings = [...Map.groupBy(placed, (row) => row.building ?? '')].sort(([a], [b]) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const values = metric ? placed.map((row) => row[metric]).filter((value) => value != null) : [];
  const low = Math.min(...values);
  const high = Math.max(...values);
  return (
    <Panel
      title="Floor plan"
      note={
        metric
          ? `${title(metric)} in ${unitOf(metric)}, ${formatNumber(metric, low)} to ${formatNumber(metric, high)}`
          : 'rooms by severity; choose a metric above to colour by it'
      }
      name="floor-plan"
      size="wide"
      state={state}
      rows={placed}
      empty="No device says in which building it is."
    >
      <div class="buildings">
        {buildings.map(([building, devices]) => (
          <section key={building} class="building" aria-label={`Building ${building}`}>
            <h3>{building}</h3>
            {floorsOf(devices).map(([floor, rooms]) => (
              <div key={floor} class="floor">
                <span class="note">{floor}</span>
                <div>
                  {rooms.map((row) => (
                    <Room
                      key={row.device_id}
                      row={row}
                      strength={
                        metric && typeof row[metric] === 'number'
                          ? (row[metric] - low) /
                            Math.max(high - low, 10 ** -METRICS[metric].decimals)
                          : undefined
                      }
                    />
                  ))}
                </div>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Panel>
  );
}

function Room({ row, strength }: { row: DeviceRow; strength: number | undefined }) {
  const { address, go } = useView();
  const severity = row.severity ?? 'normal';
  const value = address.metric && row[address.metric];
  const text =
    address.metric && typeof value === 'number' ? formatNumber(address.metric, value) : '';
  return (
    <button
      type="button"
      class={`room ${severity}`}
      style={
        strength === undefined
          ? {}
          : {
              background: `color-mix(in srgb, var(--heat-more) ${Math.round(10 + 55 * strength)}%, transparent)`,
            }
      }
      title={`${row.device_id}: ${severity}, ${formatPlace(row)}`}
      aria-label={`${row.device_id}: ${severity} ${text}`}
      onClick={() => go({ device: row.device_id })}
    >
      {severity !== 'normal' && <SeverityShape severity={severity} />}
      <span>{text || (row.room ?? row.device_id.split('-').at(-1))}</span>
    </button>
  );
}

function floorsOf(devices: readonly DeviceRow[]): [string, readonly DeviceRow[]][] {
  return [...Map.groupBy(devices, (row) => row.floor)]
    .sort(([a], [b]) => (b ?? 0) - (a ?? 0))
    .map(([floor, rooms]) => [
      floor === null ? '–' : `Floor ${floor}`,
      rooms.toSorted((a, b) =>
        (a.room ?? a.device_id).localeCompare(b.room ?? b.device_id, 'en', { numeric: true }),
      ),
    ]);
}
