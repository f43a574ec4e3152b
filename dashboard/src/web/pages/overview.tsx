import { useEffect, useState } from 'preact/hooks';
import { Bars } from '../charts/bars.tsx';
import {
  formatAmount,
  formatCount,
  formatFloor,
  formatNumber,
  formatShare,
  title,
} from '../format.ts';
import { withLiveRows, withLiveTotals } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import { EpisodeList } from '../parts/episode-list.tsx';
import { LatestReadings } from '../parts/latest-readings.tsx';
import { NO_WINDOWS } from '../parts/no-windows.ts';
import { SeriesPanels } from '../parts/series-panels.tsx';
import { StatusPanel } from '../parts/status-panel.tsx';
import { Totals } from '../parts/totals.tsx';
import { Verdict } from '../parts/verdict.tsx';
import type { AnomalyRow, FloorRow, PlaceTypeRow, TotalsRow } from '../rows.ts';
import { useLiveRows } from '../use-live-rows.ts';
import { type PanelState, usePanel } from '../use-panel.ts';

const MARKED_ANOMALIES = 500;
const SHOWN_EPISODES = 6;

/** Is anything wrong, where, since when, and why; then the figures and the series behind it. */
export function Overview() {
  const live = useLiveRows();
  const hasAsked = useSecondRender();
  const totals = usePanel<TotalsRow>('totals');
  const anomalies = usePanel<AnomalyRow>('anomalies', { limit: MARKED_ANOMALIES });
  const shown = withLiveRows(anomalies.data?.rows ?? [], live.anomalies, MARKED_ANOMALIES);
  const totalsNow = totals.data && withLiveTotals(totals.data, live.readings, live.anomalies);
  return (
    <>
      <Verdict
        anomalies={shown}
        isCut={shown.length >= MARKED_ANOMALIES}
        state={anomalies}
        totals={totalsNow}
      />
      <Totals state={totals} totals={totalsNow} />
      {hasAsked && (
        <div class="grid">
          <StatusPanel />
          <EpisodeList state={anomalies} anomalies={shown} limit={SHOWN_EPISODES} />
          <SeriesPanels readings={live.readings} anomalies={shown} />
          <Places />
          <LatestReadings />
        </div>
      )}
    </>
  );
}

/** False in the first render: what comes after it is asked for after what is said at the top. */
function useSecondRender(): boolean {
  const [isSecond, setIsSecond] = useState(false);
  useEffect(() => setIsSecond(true), []);
  return isSecond;
}

/** Energy and air by place where they are measured, and kinds of room side by side. */
function Places() {
  const floors = usePanel<FloorRow>('floors', { change: { metric: undefined } });
  const energyRows = (floors.data?.rows ?? []).filter((row) => row.metric === 'energy');
  const types = usePanel<PlaceTypeRow>('place-types', { change: { metric: undefined } });
  const air = (types.data?.rows ?? []).filter((row) => row.metric === 'co2');
  const hasEnergy = !floors.data || energyRows.length > 0;
  const hasAir = !types.data || air.length > 0;
  return (
    <>
      {hasEnergy && <Energy state={floors} rows={energyRows} />}
      <RoomTypes
        state={types}
        size={!hasEnergy && !hasAir ? 'wide' : hasAir ? 'third' : 'two-thirds'}
      />
      {hasAir && <Air state={types} rows={air} />}
    </>
  );
}

function Energy({ state, rows }: { state: PanelState<FloorRow>; rows: readonly FloorRow[] }) {
  return (
    <Panel
      title="Energy by building and floor"
      note="used in this range"
      name="energy-by-floor"
      size="third"
      state={state}
      rows={rows}
      empty={NO_WINDOWS}
    >
      <Bars
        bars={rows.map((row) => ({
          label: formatFloor(row),
          value: row.sum,
          text: formatAmount('energy', row.sum),
          colour: '--series-4',
        }))}
      />
    </Panel>
  );
}

function Air({ state, rows }: { state: PanelState<PlaceTypeRow>; rows: readonly PlaceTypeRow[] }) {
  return (
    <Panel
      title="CO₂ by room type"
      note="ppm, mean; highest in brackets"
      name="co2-by-room-type"
      size="third"
      state={state}
      rows={rows}
      empty={NO_WINDOWS}
    >
      <Bars
        bars={rows.map((row) => ({
          label: title(row.place_type ?? 'unknown'),
          value: row.mean,
          text: `${formatNumber('co2', row.mean)} (${formatNumber('co2', row.max)})`,
          colour: '--series-3',
        }))}
      />
    </Panel>
  );
}

function RoomTypes(props: {
  state: PanelState<PlaceTypeRow>;
  size: 'third' | 'two-thirds' | 'wide';
}) {
  const rows = props.state.data?.rows ?? [];
  const byType = [...Map.groupBy(rows, (row) => row.place_type ?? 'unknown')].map(
    ([type, metrics]) => {
      const values = metrics.reduce((sum, row) => sum + row.reading_count, 0);
      const broken = metrics.reduce((sum, row) => sum + row.rule_anomaly_count, 0);
      const temperature = metrics.find((row) => row.metric === 'temperature');
      return { type, share: broken / Math.max(1, values), broken, temperature };
    },
  );
  return (
    <Panel
      title="Room types"
      note="share of values outside their limits, and mean temperature"
      name="room-types"
      size={props.size}
      state={props.state}
      empty={NO_WINDOWS}
    >
      <Bars
        bars={byType.map(({ type, share, broken, temperature }) => ({
          label: title(type),
          value: share,
          text: `${formatShare(share)} (${formatCount(broken)})${
            temperature ? `, ${formatAmount('temperature', temperature.mean)}` : ''
          }`,
          colour: share > 0 ? '--warning-fill' : '--normal-fill',
        }))}
      />
    </Panel>
  );
}
