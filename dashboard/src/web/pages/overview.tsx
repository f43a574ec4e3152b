import { isMetricName, METRIC_NAMES, METRICS, type MetricName } from '@plumbline/contracts/metrics';
import { SEVERITIES } from '../address.ts';
import { type Marker, TimeSeries } from '../charts/time-series.tsx';
import { DataTable } from '../data-table.tsx';
import { type Episode, episodes } from '../episodes.ts';
import {
  formatAge,
  formatCount,
  formatNumber,
  formatPlace,
  formatShare,
  formatTime,
  title,
  unitOf,
} from '../format.ts';
import { withLiveRows, withLiveSeries, withLiveTotals } from '../live-merge.ts';
import { Panel } from '../panel.tsx';
import type { AnomalyRow, ReadingRow, SeriesRow, StatusRow, TotalsRow, UsualRow } from '../rows.ts';
import { Severity, SeverityShape } from '../severity.tsx';
import { useLiveRows } from '../use-live-rows.ts';
import { type PanelState, usePanel } from '../use-panel.ts';
import { useView } from '../view.ts';

const MARKED_ANOMALIES = 500;

/** Is anything wrong, where, since when, and why; then the figures and the series behind it. */
export function Overview() {
  const live = useLiveRows();
  const totals = usePanel<TotalsRow>('totals');
  const anomalies = usePanel<AnomalyRow>('anomalies', { limit: MARKED_ANOMALIES });
  const shownAnomalies = withLiveRows(anomalies.data?.rows ?? [], live.anomalies, MARKED_ANOMALIES);
  const totalsNow = totals.data && withLiveTotals(totals.data, live.readings, live.anomalies);
  return (
    <>
      <Verdict anomalies={shownAnomalies} state={anomalies} totals={totalsNow} />
      <Figures state={totals} totals={totalsNow} />
      <div class="grid">
        <StatusPanel />
        <AnomaliesPanel state={anomalies} rows={shownAnomalies.slice(0, 8)} />
        <SeriesPanels readings={live.readings} anomalies={shownAnomalies} />
        <LatestPanel />
      </div>
    </>
  );
}

function Verdict(props: {
  anomalies: readonly AnomalyRow[];
  state: PanelState<AnomalyRow>;
  totals: TotalsRow | undefined;
}) {
  const { address, nowMs, go } = useView();
  const found = episodes(props.anomalies, address.between?.toMs ?? nowMs);
  const open = found.filter((episode) => episode.isOpen);
  if (!props.state.data) {
    return props.state.error ? (
      <section class="verdict unknown" role="alert">
        <h1>Nothing can be said now</h1>
        <p>{props.state.error}</p>
      </section>
    ) : (
      <section class="verdict unknown" aria-busy="true">
        <h1>Looking…</h1>
      </section>
    );
  }
  if (props.totals && props.totals.reading_count === 0) {
    return (
      <section class="verdict unknown">
        <h1>No readings in this range</h1>
        <p>
          Nothing was measured here and now. Choose a longer range or fewer filters, or check that
          devices publish.
        </p>
      </section>
    );
  }
  if (open.length === 0) {
    const last = found[0];
    return (
      <section class="verdict normal">
        <h1>
          <SeverityShape severity="normal" /> All is true to plumb
        </h1>
        <p>
          {last
            ? `The last anomaly ended ${formatAge(nowMs - last.lastMs)} ago: ${last.device}, ${last.newest.explanation}`
            : 'No anomaly in this range.'}
        </p>
      </section>
    );
  }
  const worst = open.some((episode) => episode.severity === 'critical') ? 'critical' : 'warning';
  return (
    <section class={`verdict ${worst}`}>
      <h1>
        <SeverityShape severity={worst} />
        {open.length === 1 ? '1 device is off true' : `${open.length} devices are off true`}
      </h1>
      <ul class="episodes">
        {open.slice(0, 4).map((episode) => (
          <EpisodeCard
            key={episode.device}
            episode={episode}
            onOpen={() => go({ open: episode.newest.reading_id })}
          />
        ))}
      </ul>
      {open.length > 4 && <p>and {open.length - 4} more</p>}
    </section>
  );
}

function EpisodeCard({ episode, onOpen }: { episode: Episode; onOpen: () => void }) {
  const { nowMs } = useView();
  const { device, newest, severity, sinceMs, count } = episode;
  return (
    <li>
      <button type="button" class={`episode ${severity}`} onClick={onOpen}>
        <span class="head">
          <Severity severity={severity} />
          <span class="since">
            since {formatTime(sinceMs, nowMs)} ({formatAge(nowMs - sinceMs)}), {formatCount(count)}{' '}
            {count === 1 ? 'anomaly' : 'anomalies'}
          </span>
        </span>
        <strong class="device">{device}</strong>
        <span class="place">{formatPlace(newest)}</span>
        <span class="why">{newest.explanation}</span>
      </button>
    </li>
  );
}

function Figures({
  state,
  totals,
}: {
  state: PanelState<TotalsRow>;
  totals: TotalsRow | undefined;
}) {
  if (!totals) {
    return state.error ? null : <div class="figures skeleton" aria-hidden="true" />;
  }
  const share = totals.anomaly_count / Math.max(1, totals.reading_count);
  const figures: Figure[] = [
    ['Readings', formatCount(totals.reading_count), 'in this range'],
    ['Anomalies', formatCount(totals.anomaly_count), `${formatShare(share)} of readings`],
    [
      'Active devices',
      formatCount(totals.active_count),
      totals.silent_count > 0 ? `${formatCount(totals.silent_count)} silent` : 'none is silent',
    ],
    ['Locations', formatCount(totals.location_count), 'rooms with readings'],
    metricFigure('temperature', totals.temperature, 'average'),
    metricFigure('humidity', totals.humidity, 'average'),
    metricFigure('co2', totals.co2, 'average'),
    metricFigure('occupancy', totals.occupancy, 'now, all rooms'),
    metricFigure('energy', totals.energy, 'used in this range'),
    ['Dead letters', formatCount(totals.dead_letter_count), 'not stored as readings'],
  ];
  return (
    <dl class="figures">
      {figures.map(([label, value, note, unit]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <b>
              {value} {unit && <small>{unit}</small>}
            </b>
            <span>{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Figure = readonly [label: string, value: string, note: string, unit?: string];

function metricFigure(metric: MetricName, value: number | null, note: string): Figure {
  if (value === null) return [title(metric), '–', 'not measured here'];
  return [title(metric), formatNumber(metric, value), note, unitOf(metric)];
}

function StatusPanel() {
  const statuses = usePanel<StatusRow>('statuses');
  const { go } = useView();
  const countOf = (severity: string) =>
    statuses.data?.rows.find((row) => row.severity === severity)?.device_count ?? 0;
  const total = SEVERITIES.reduce((sum, severity) => sum + countOf(severity), 0);
  return (
    <Panel
      title="Devices now"
      note="by their newest prediction"
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
            <button type="button" class="count-row" onClick={() => go({ severity })}>
              <Severity severity={severity} />
              <b>{formatCount(countOf(severity))}</b>
              <span class="share">{formatShare(countOf(severity) / Math.max(1, total))}</span>
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function AnomaliesPanel({
  state,
  rows,
}: {
  state: PanelState<AnomalyRow>;
  rows: readonly AnomalyRow[];
}) {
  const { nowMs, go } = useView();
  return (
    <Panel
      title="Latest anomalies"
      note="what is off, and what was expected"
      name="anomalies"
      state={state}
      rows={rows}
      size="two-thirds"
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

function SeriesPanels(props: {
  readings: readonly ReadingRow[];
  anomalies: readonly AnomalyRow[];
}) {
  const { address, nowMs, go } = useView();
  const series = usePanel<SeriesRow>('series');
  const usual = usePanel<UsualRow>('usual');
  const byMetric = series.data ? withLiveSeries(series.data, props.readings) : undefined;
  const metrics = byMetric && METRIC_NAMES.filter((name) => byMetric.has(name));
  if (!byMetric || !metrics || metrics.length === 0) {
    return (
      <Panel
        title="Series"
        name="series"
        size="wide"
        state={series}
        empty="No readings in this range."
      >
        {null}
      </Panel>
    );
  }
  const toMs = address.between?.toMs ?? Math.max(nowMs, series.data?.toMs ?? 0);
  const fromMs =
    address.between?.fromMs ?? toMs - ((series.data?.toMs ?? 0) - (series.data?.fromMs ?? 0));
  return (
    <>
      {metrics.map((metric) => {
        const rows = byMetric.get(metric) ?? [];
        const markers = markersOf(props.anomalies, metric);
        const known = usual.data?.rows.find((row) => row.metric === metric);
        const { unit, decimals } = METRICS[metric];
        return (
          <Panel
            key={metric}
            title={title(metric)}
            note={
              <>
                {unit}, mean and range of all devices
                {known && (
                  <>
                    ; <i class="key usual" aria-hidden="true" /> usual in the last 24 h
                  </>
                )}
              </>
            }
            name={`series-${metric}`}
            state={series}
            rows={rows}
            empty="No readings in this range."
          >
            <TimeSeries
              summary={summaryOf(metric, rows, markers.length)}
              unit={unit}
              decimals={decimals}
              points={rows.map((row) => ({
                atMs: row.start_at + row.step_ms / 2,
                mean: row.mean,
                min: row.min,
                max: row.max,
              }))}
              markers={markers}
              {...(known && { band: bandOf(metric, known) })}
              fromMs={fromMs}
              toMs={toMs}
              colour={`--series-${1 + (METRIC_NAMES.indexOf(metric) % 6)}`}
              onBrush={(from, to) => go({ between: { fromMs: from, toMs: to } })}
            />
          </Panel>
        );
      })}
    </>
  );
}

/** Mean plus and minus 3 standard deviations, within what the metric can be. */
function bandOf(metric: MetricName, { mean, deviation }: UsualRow) {
  const { min, max } = METRICS[metric];
  return { low: Math.max(min, mean - 3 * deviation), high: Math.min(max, mean + 3 * deviation) };
}

/** An anomaly is marked at the metric that drove it most. */
function markersOf(anomalies: readonly AnomalyRow[], metric: MetricName): readonly Marker[] {
  return anomalies.flatMap((row) => {
    const main = row.contributions.reduce<AnomalyRow['contributions'][number] | undefined>(
      (most, part) => (most === undefined || part.share > most.share ? part : most),
      undefined,
    );
    return main?.metric === metric
      ? [{ atMs: row.measured_at, value: main.value, severity: row.severity }]
      : [];
  });
}

function summaryOf(metric: MetricName, rows: readonly SeriesRow[], anomalyCount: number): string {
  const last = rows.at(-1);
  const low = Math.min(...rows.map((row) => row.min));
  const high = Math.max(...rows.map((row) => row.max));
  const value = (number: number) => `${formatNumber(metric, number)} ${unitOf(metric)}`;
  return `${title(metric)}: last mean ${last ? value(last.mean) : 'unknown'}, from ${value(low)} to ${value(high)}, ${anomalyCount} anomalies marked`;
}

function LatestPanel() {
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
        onOpen={(row) => go({ device: row.device_id })}
        columns={[
          { name: 'device_id', label: 'Device', value: (row) => row.device_id },
          {
            name: 'measured_at',
            label: 'Measured',
            value: (row) => row.measured_at,
            cell: (row) => formatTime(row.measured_at, nowMs),
          },
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

function formatMetrics(row: ReadingRow): string {
  return METRIC_NAMES.filter((name) => isMetricName(name) && typeof row[name] === 'number')
    .map((name) => `${title(name)} ${formatNumber(name, row[name])} ${unitOf(name)}`)
    .join(', ');
}
