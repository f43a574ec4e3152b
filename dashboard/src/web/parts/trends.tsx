import { METRICS, type MetricName } from '@plumbline/contracts/metrics';
import { Lines } from '../charts/lines.tsx';
import { formatAmount, title, words } from '../format.ts';
import { Panel } from '../panel.tsx';
import { mean } from '../pearson.ts';
import type { BuildingStepRow } from '../rows.ts';
import { timeAxis } from '../time-axis.ts';
import type { PanelState } from '../use-panel.ts';
import { NO_WINDOWS } from './no-windows.ts';

const DASHES = ['', '7 4', '2 3', '10 3 2 3', '4 2', '1 2'];

/** Each building over the range, and how far its second half is from its first. */
export function Trends(props: { state: PanelState<BuildingStepRow>; metric: MetricName }) {
  const { state, metric } = props;
  const rows = (state.data?.rows ?? []).filter((row) => row.metric === metric);
  const times = rows.map((row) => row.start_at);
  const lines = [...Map.groupBy(rows, (row) => row.building)]
    .slice(0, DASHES.length)
    .map(([building, steps], index) => {
      const half = Math.floor(steps.length / 2);
      const change =
        half === 0
          ? 0
          : mean(steps.slice(half).map((step) => step.mean)) -
            mean(steps.slice(0, half).map((step) => step.mean));
      return {
        name: `Building ${building}`,
        points: steps.map((step) => ({ atMs: step.start_at, value: step.mean })),
        colour: `--series-${1 + index}`,
        dash: DASHES[index] ?? '',
        note: changeOf(metric, change),
      };
    });
  return (
    <Panel
      title="Trends"
      note={`mean ${words(metric)} of each building; choose a metric above for another`}
      name="trends"
      size="wide"
      state={state}
      rows={rows}
      empty={NO_WINDOWS}
    >
      <Lines
        summary={`${title(metric)} over time: ${lines.map(({ name, note }) => `${name} ${note}`).join('; ')}`}
        lines={lines}
        labels={timeAxis(Math.min(...times), Math.max(...times))}
        format={(value) => formatAmount(metric, value)}
      />
    </Panel>
  );
}

function changeOf(metric: MetricName, change: number): string {
  if (Math.abs(change) < 0.5 * 10 ** -METRICS[metric].decimals) return 'no change';
  return `${change > 0 ? '+' : '−'}${formatAmount(metric, Math.abs(change))} in the second half`;
}
