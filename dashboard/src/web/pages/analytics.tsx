import { METRIC_NAMES, type MetricName } from '@plumbline/contracts/metrics';
import { HeatMap } from '../charts/heat-map.tsx';
import { DataTable, numberColumn } from '../data-table.tsx';
import { findings } from '../findings.ts';
import { firstMetric, formatAmount, formatCount, formatShare, title, words } from '../format.ts';
import { Panel, Queries } from '../panel.tsx';
import { NO_WINDOWS } from '../parts/no-windows.ts';
import { Trends } from '../parts/trends.tsx';
import { pearson } from '../pearson.ts';
import type { BuildingStepRow, CorrelationRow, HourRow, StatisticRow } from '../rows.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { type Change, useView } from '../view.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** What stands out, what moves together, and how places and hours differ. */
export function Analytics() {
  const correlations = usePanel<CorrelationRow>('correlations');
  const statistics = usePanel<StatisticRow>('statistics');
  const buildings = usePanel<BuildingStepRow>('building-series');
  const metric = useMetric(statistics);
  return (
    <div class="grid">
      <Findings correlations={correlations} statistics={statistics} buildings={buildings} />
      <Trends state={buildings} metric={metric} />
      <Correlations state={correlations} />
      <BuildingCorrelations state={buildings} metric={metric} />
      <Hours metric={metric} />
      <Statistics state={statistics} />
    </div>
  );
}

/** The metric that is filtered for, else the first of the catalogue that was measured. */
function useMetric(statistics: PanelState<StatisticRow>): MetricName {
  const { address } = useView();
  return address.metric ?? firstMetric(statistics.data?.rows ?? []);
}

interface FindingsProps {
  readonly correlations: PanelState<CorrelationRow>;
  readonly statistics: PanelState<StatisticRow>;
  readonly buildings: PanelState<BuildingStepRow>;
}

function Findings({ correlations, statistics, buildings }: FindingsProps) {
  const found = findings({
    correlations: correlations.data?.rows ?? [],
    statistics: statistics.data?.rows ?? [],
    buildings: buildings.data?.rows ?? [],
  });
  const queries = {
    correlations: correlations.data?.queries,
    statistics: statistics.data?.queries,
    'building-series': buildings.data?.queries,
  };
  return (
    <Panel
      title="What stands out"
      note="in this range and place"
      name="findings"
      size="wide"
      state={statistics}
      rows={found}
      columns={['text', 'from']}
      empty="Nothing stands out, or there is too little to compare yet."
    >
      <ul class="findings">
        {found.map(({ text, from }) => (
          <li key={text}>
            <p>{text}</p>
            <details>
              <summary>The query</summary>
              <Queries queries={queries[from] ?? []} />
            </details>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Correlations({ state }: { state: PanelState<CorrelationRow> }) {
  const rows = state.data?.rows ?? [];
  const metrics = METRIC_NAMES.filter((name) =>
    rows.some((row) => row.metric === name || row.other === name),
  );
  const between = (a: MetricName, b: MetricName) =>
    a === b
      ? 1
      : (rows.find(
          (row) => (row.metric === a && row.other === b) || (row.metric === b && row.other === a),
        )?.correlation ?? null);
  return (
    <Panel
      title="Metrics together"
      note="Pearson's correlation of readings; blue together, orange against"
      name="correlations"
      state={state}
      empty="No reading of this range has two metrics that vary."
    >
      <HeatMap
        label="Correlation of metrics"
        columns={metrics.map(title)}
        rows={metrics.map((a) => ({
          name: title(a),
          cells: metrics.map((b) => correlationCell(between(a, b))),
        }))}
      />
    </Panel>
  );
}

function BuildingCorrelations(props: { state: PanelState<BuildingStepRow>; metric: MetricName }) {
  const rows = (props.state.data?.rows ?? []).filter((row) => row.metric === props.metric);
  const byBuilding = Map.groupBy(rows, (row) => row.building);
  const names = [...byBuilding.keys()];
  const between = (a: string, b: string) => {
    const left = new Map(byBuilding.get(a)?.map((row) => [row.start_at, row.mean]));
    const both = (byBuilding.get(b) ?? []).filter((row) => left.has(row.start_at));
    return pearson(
      both.map((row) => left.get(row.start_at) ?? 0),
      both.map((row) => row.mean),
    );
  };
  return (
    <Panel
      title="Buildings together"
      note={`correlation of mean ${words(props.metric)} over time`}
      name="building-correlations"
      state={props.state}
      rows={rows}
      empty={NO_WINDOWS}
    >
      <HeatMap
        label="Correlation of buildings"
        columns={names}
        rows={names.map((a) => ({
          name: a,
          cells: names.map((b) => correlationCell(a === b ? 1 : between(a, b))),
        }))}
      />
    </Panel>
  );
}

function correlationCell(correlation: number | null) {
  return { strength: correlation, text: correlation === null ? '–' : correlation.toFixed(2) };
}

/** Hours of the week are compared over a week. */
const LAST_WEEK: Change = { range: '7d', between: undefined };

function Hours({ metric }: { metric: MetricName }) {
  const state = usePanel<HourRow>('hours', { change: LAST_WEEK });
  const rows = (state.data?.rows ?? []).filter((row) => row.metric === metric);
  const low = Math.min(...rows.map((row) => row.mean));
  const high = Math.max(...rows.map((row) => row.mean));
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const days = [2, 3, 4, 5, 6, 7, 1].filter((day) => rows.some((row) => row.weekday === day));
  return (
    <Panel
      title="Hours of the week"
      note={`mean ${words(metric)} by hour of UTC over the last 7 days${rows.length > 0 ? `; from ${formatAmount(metric, low)} (pale) to ${formatAmount(metric, high)} (strong)` : ''}`}
      name="hours"
      size="wide"
      state={state}
      rows={rows}
      empty={NO_WINDOWS}
    >
      <HeatMap
        label="Mean by weekday and hour"
        isSmall
        columns={hours.map((hour) => String(hour).padStart(2, '0'))}
        rows={days.map((weekday) => ({
          name: WEEKDAYS[weekday - 1] ?? '',
          cells: hours.map((hour) => {
            const row = rows.find((one) => one.weekday === weekday && one.hour === hour);
            if (!row) return { strength: null, text: '', title: 'no data' };
            const text = formatAmount(metric, row.mean);
            return {
              strength: high > low ? 0.12 + (0.88 * (row.mean - low)) / (high - low) : 0.4,
              text,
              title: `${text}, ${formatCount(row.rule_anomaly_count)} outside limits`,
            };
          }),
        }))}
      />
    </Panel>
  );
}

function Statistics({ state }: { state: PanelState<StatisticRow> }) {
  return (
    <Panel
      title="Statistics by place"
      name="statistics"
      size="wide"
      isTable
      state={state}
      empty={NO_WINDOWS}
    >
      <DataTable
        label="Statistics by place"
        rows={state.data?.rows ?? []}
        keyOf={(row) => [row.building, row.floor, row.place_type, row.metric].join('/')}
        columns={[
          { name: 'building', label: 'Building', value: (row) => row.building },
          { name: 'floor', label: 'Floor', value: (row) => row.floor },
          { name: 'place_type', label: 'Room type', value: (row) => title(row.place_type ?? '–') },
          { name: 'metric', label: 'Metric', value: (row) => title(row.metric) },
          numberColumn(
            'reading_count',
            'Values',
            (row: StatisticRow) => row.reading_count,
            formatCount,
          ),
          numberColumn('mean', 'Mean', (row: StatisticRow) => row.mean, inUnit),
          numberColumn('deviation', 'Deviation', (row: StatisticRow) => row.deviation, inUnit),
          numberColumn('min', 'Lowest', (row: StatisticRow) => row.min, inUnit),
          numberColumn('max', 'Highest', (row: StatisticRow) => row.max, inUnit),
          numberColumn(
            'rule_anomaly_share',
            'Outside limits',
            (row: StatisticRow) => row.rule_anomaly_share,
            formatShare,
          ),
        ]}
      />
    </Panel>
  );
}

function inUnit(value: number, { metric }: StatisticRow): string {
  return formatAmount(metric, value);
}
