import { isMetricName, METRICS, type MetricName } from '@plumbline/contracts/metrics';
import { useEffect, useRef } from 'preact/hooks';
import { Gauge } from './charts/gauge.tsx';
import { TimeSeries } from './charts/time-series.tsx';
import { CopyCommand } from './copy-command.tsx';
import {
  formatAmount,
  formatBand,
  formatPlace,
  formatShare,
  formatTime,
  keepUnits,
  listOf,
  title,
  words,
} from './format.ts';
import { colourOf, markersOf, pointsOf, summaryOf } from './parts/metric-panel.tsx';
import type { AnomalyRow, SeriesRow } from './rows.ts';
import { curlOf, useSettings } from './settings.ts';
import { Severity } from './severity.tsx';
import { usePanel } from './use-panel.ts';
import { NO_FILTERS, useView } from './view.ts';

const AROUND_MS = 30 * 60_000;

/** One anomaly explained: half an hour before and after, what each metric had to do with it, how to ask again. */
export function Drawer({ reading }: { reading: string }) {
  const { go } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  const found = usePanel<AnomalyRow>('anomaly', {
    reading,
    limit: 1,
    change: { ...NO_FILTERS, between: undefined },
  });
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const row = found.data?.rows[0];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard Escape closes a dialog already
    <dialog
      ref={dialog}
      class="drawer"
      aria-label="Anomaly"
      onClose={() => go({ open: undefined })}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div class="sheet">
        <button type="button" class="quiet close" onClick={() => dialog.current?.close()}>
          Close
        </button>
        {row ? (
          <Explained row={row} />
        ) : found.error ? (
          <p class="failed">{found.error}</p>
        ) : found.data ? (
          <p class="empty">This anomaly is not, or no longer, in BigQuery.</p>
        ) : (
          <div class="skeleton" />
        )}
      </div>
    </dialog>
  );
}

function Explained({ row }: { row: AnomalyRow }) {
  const { go, nowMs } = useView();
  const { ml_server_url: url } = useSettings();
  const metrics = row.contributions
    .toSorted((a, b) => b.share - a.share)
    .filter((part) => isMetricName(part.metric));
  const values = Object.fromEntries(metrics.map((part) => [part.metric, part.value]));
  const request = {
    device_id: row.device_id,
    timestamp: new Date(row.measured_at).toISOString(),
    ...values,
  };
  const [main] = metrics;
  return (
    <>
      <Severity severity={row.severity} />
      <h2>{keepUnits(row.explanation)}</h2>
      <p class="note">
        {row.device_id}, {formatTime(row.measured_at, nowMs)}
        {formatPlace(row) && `, ${formatPlace(row)}`}
      </p>
      {main && isMetricName(main.metric) && <Around row={row} metric={main.metric} />}
      <h3>Score</h3>
      <Gauge score={row.score} threshold={row.threshold} severity={row.severity} />
      <p class="note">
        {title(listOf(row.anomaly_types.map(words))) || 'No type'}; called by{' '}
        {listOf(row.detectors.map(words)) || 'no detector'};{' '}
        {row.model_version ? `model ${row.model_version}` : 'no model yet'}
      </p>
      <h3>What each metric had to do with it</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              Measured
            </th>
            <th scope="col" class="number">
              Expected
            </th>
            <th scope="col" class="number">
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((part) => (
            <tr key={part.metric}>
              <td>{title(part.metric)}</td>
              <td class="number">{formatAmount(part.metric, part.value)}</td>
              <td class="number">
                {part.low !== null && part.high !== null
                  ? formatBand(part.metric, part.low, part.high)
                  : formatAmount(part.metric, part.expected)}
              </td>
              <td class="number">{formatShare(part.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>Ask again</h3>
      <CopyCommand command={curlOf(url, request)} />
      <button
        type="button"
        class="quiet"
        onClick={() => go({ page: 'devices', device: row.device_id, open: undefined })}
      >
        Show this device
      </button>
    </>
  );
}

/** The metric that drove the decision, half an hour before and after. */
function Around({ row, metric }: { row: AnomalyRow; metric: MetricName }) {
  const { go } = useView();
  const between = { fromMs: row.measured_at - AROUND_MS, toMs: row.measured_at + AROUND_MS };
  const change = { ...NO_FILTERS, between, device: row.device_id, metric };
  const series = usePanel<SeriesRow>('series', { change });
  const anomalies = usePanel<AnomalyRow>('anomalies', { change, limit: 500 });
  if (!series.data) {
    return series.error ? <p class="failed">{series.error}</p> : <div class="skeleton" />;
  }
  const markers = markersOf(anomalies.data?.rows ?? [row], metric);
  const part = row.contributions.find((one) => one.metric === metric);
  const { unit, decimals, min, max } = METRICS[metric];
  return (
    <>
      <h3>
        {title(metric)}, {unit}
      </h3>
      <TimeSeries
        summary={summaryOf(metric, series.data.rows, markers.length)}
        unit={unit}
        decimals={decimals}
        points={pointsOf(series.data.rows)}
        markers={markers}
        {...(part &&
          part.low !== null &&
          part.high !== null && {
            band: { low: Math.max(min, part.low), high: Math.min(max, part.high) },
          })}
        fromMs={between.fromMs}
        toMs={between.toMs}
        colour={colourOf(metric)}
        onBrush={(fromMs, toMs) => go({ between: { fromMs, toMs } })}
      />
      <p class="note">
        <i class="key usual" aria-hidden="true" /> expected here and then
      </p>
    </>
  );
}
