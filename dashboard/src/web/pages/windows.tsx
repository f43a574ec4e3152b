import { METRIC_NAMES, type MetricName } from '@plumbline/contracts/metrics';
import { HeatMap } from '../charts/heat-map.tsx';
import { Ranges } from '../charts/ranges.tsx';
import { DataTable, numberColumn, timeColumn } from '../data-table.tsx';
import {
  firstMetric,
  formatAge,
  formatCount,
  formatFloor,
  formatNumber,
  formatShare,
  title,
  unitOf,
} from '../format.ts';
import { Panel } from '../panel.tsx';
import { Figures, NoFiguresYet } from '../parts/figures.tsx';
import { MetricPanel } from '../parts/metric-panel.tsx';
import { NO_WINDOWS } from '../parts/no-windows.ts';
import type { FloorRow, SeriesRow, WindowRow, WindowTotalsRow } from '../rows.ts';
import { usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

/** What the scheduled aggregation made: windows, how complete they are, and places compared. */
export function Windows() {
  return (
    <>
      <WindowFigures />
      <div class="grid">
        <WindowSeries />
        <Floors />
        <RecentWindows />
      </div>
    </>
  );
}

function WindowFigures() {
  const { nowMs } = useView();
  const state = usePanel<WindowTotalsRow>('window-totals');
  const row = state.data?.rows[0];
  if (!row) return state.error ? <p class="failed">{state.error}</p> : <NoFiguresYet />;
  const anomalies = (row.rule_anomaly_count ?? 0) + (row.z_score_anomaly_count ?? 0);
  const minutes =
    row.first_at === null || row.last_at === null ? 0 : (row.last_at - row.first_at) / 60_000 + 1;
  return (
    <Figures
      figures={[
        ['Windows', formatCount(row.window_count), 'of 1 minute'],
        [
          'Values a window',
          formatCount(row.window_count > 0 ? (row.value_count ?? 0) / row.window_count : null),
          'on average',
        ],
        [
          'Completeness',
          minutes > 0 ? formatShare(row.window_count / minutes) : '–',
          'minutes that have a window',
        ],
        ['Anomalies in windows', formatCount(anomalies), 'by rule or z-score'],
        ['Late values', formatCount(row.late_count ?? 0), 'more than a minute late'],
        [
          'Computed',
          row.computed_at === null ? '–' : formatAge(nowMs - row.computed_at),
          'ago, every 5 minutes',
        ],
      ]}
    />
  );
}

function WindowSeries() {
  const { nowMs, address } = useView();
  const state = usePanel<SeriesRow>('window-series');
  const byMetric = Map.groupBy(state.data?.rows ?? [], (row) => row.metric);
  const metrics = METRIC_NAMES.filter((name) => byMetric.has(name));
  if (!state.data || metrics.length === 0) {
    return (
      <Panel
        title="Windows over time"
        name="window-series"
        size="wide"
        state={state}
        empty={NO_WINDOWS}
      >
        {null}
      </Panel>
    );
  }
  const toMs = address.between?.toMs ?? Math.max(nowMs, state.data.toMs);
  const fromMs = address.between?.fromMs ?? toMs - (state.data.toMs - state.data.fromMs);
  return (
    <>
      {metrics.map((metric, index) => (
        <MetricPanel
          key={metric}
          metric={metric}
          state={state}
          rows={byMetric.get(metric) ?? []}
          anomalies={[]}
          fromMs={fromMs}
          toMs={toMs}
          of="all values in windows"
          isLastOdd={index % 2 === 0 && index === metrics.length - 1}
        />
      ))}
    </>
  );
}

/** Buildings against floors, and floor by floor, for one metric. */
function Floors() {
  const { address } = useView();
  const state = usePanel<FloorRow>('floors');
  const rows = state.data?.rows ?? [];
  const metric: MetricName = address.metric ?? firstMetric(rows);
  const shown = rows
    .filter((row) => row.metric === metric)
    .toSorted((a, b) => Number(a.building === null) - Number(b.building === null));
  const buildings = [...new Set(shown.map((row) => row.building ?? 'unknown'))];
  const floors = [...new Set(shown.map((row) => String(row.floor ?? '–')))];
  const low = Math.min(...shown.map((row) => row.mean));
  const high = Math.max(...shown.map((row) => row.mean));
  const note = `${title(metric)}, mean in ${unitOf(metric)}${address.metric ? '' : '; choose a metric above for another'}`;
  return (
    <>
      <Panel
        title="Buildings and floors"
        note={note}
        name="floors"
        state={state}
        rows={shown}
        empty={NO_WINDOWS}
      >
        <HeatMap
          label="Mean by building and floor"
          columns={[
            ...floors.map((floor) => (floor === '–' ? 'No floor' : `Floor ${floor}`)),
            'All',
          ]}
          rows={buildings.map((building) => ({
            name: building,
            cells: [
              ...floors.map((floor) =>
                cellOf(
                  shown.filter(
                    (row) =>
                      (row.building ?? 'unknown') === building &&
                      String(row.floor ?? '–') === floor,
                  ),
                ),
              ),
              cellOf(shown.filter((row) => (row.building ?? 'unknown') === building)),
            ],
          }))}
        />
      </Panel>
      <Panel
        title="Floor by floor"
        note={`${note}; lowest to highest, orange where a limit was broken`}
        name="floor-comparison"
        state={state}
        rows={shown}
        empty={NO_WINDOWS}
      >
        <Ranges
          ranges={shown.map((row) => ({
            label: formatFloor(row),
            low: row.min,
            mean: row.mean,
            high: row.max,
            text: `${formatNumber(metric, row.mean)} (${formatNumber(metric, row.min)} to ${formatNumber(metric, row.max)})`,
            colour: row.rule_anomaly_count > 0 ? '--series-4' : '--series-1',
          }))}
        />
      </Panel>
    </>
  );

  function cellOf(found: readonly FloorRow[]) {
    const count = found.reduce((sum, row) => sum + row.reading_count, 0);
    if (count === 0) return { strength: null, text: '' };
    const mean = found.reduce((sum, row) => sum + row.sum, 0) / count;
    return {
      strength: high > low ? 0.1 + (0.9 * (mean - low)) / (high - low) : 0.3,
      text: formatNumber(metric, mean),
      title: `${formatCount(count)} values`,
    };
  }
}

function RecentWindows() {
  const { nowMs } = useView();
  const state = usePanel<WindowRow>('windows');
  const rows = state.data?.rows ?? [];
  return (
    <Panel
      title="Recent windows"
      name="windows"
      size="wide"
      isTable
      state={state}
      empty={NO_WINDOWS}
    >
      <DataTable
        label="Recent windows"
        rows={rows}
        keyOf={(row) => String(row.start_at)}
        columns={[
          timeColumn('start_at', 'Window', (row: WindowRow) => row.start_at, nowMs),
          numberColumn('place_count', 'Places', (row: WindowRow) => row.place_count, formatCount),
          numberColumn('value_count', 'Values', (row: WindowRow) => row.value_count, formatCount),
          numberColumn(
            'rule_anomaly_count',
            'Outside limits',
            (row: WindowRow) => row.rule_anomaly_count,
            formatCount,
          ),
          numberColumn(
            'z_score_anomaly_count',
            'Beyond 3 deviations',
            (row: WindowRow) => row.z_score_anomaly_count,
            formatCount,
          ),
          numberColumn('late_count', 'Late', (row: WindowRow) => row.late_count, formatCount),
          timeColumn('computed_at', 'Computed', (row: WindowRow) => row.computed_at, nowMs),
        ]}
      />
    </Panel>
  );
}
