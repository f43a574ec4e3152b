import { METRIC_NAMES, type MetricName } from '@plumbline/contracts/metrics';
import type { Address } from './address.ts';
import type { PanelData } from './fetch-panel.ts';
import type { AnomalyRow, PlaceColumns, ReadingRow, SeriesRow, TotalsRow } from './rows.ts';

/** True if a row that came over the stream belongs to what the page shows. */
export function isShown(
  row: PlaceColumns & { readonly device_id: string; readonly measured_at: number },
  address: Address,
): boolean {
  const { building, floor, placeType, device, between } = address;
  return (
    (building === undefined || row.building === building) &&
    (floor === undefined || row.floor === floor) &&
    (placeType === undefined || row.place_type === placeType) &&
    (device === undefined || row.device_id === device) &&
    (between === undefined || (between.fromMs <= row.measured_at && row.measured_at < between.toMs))
  );
}

/** Totals with what arrived after they were asked for. */
export function withLiveTotals(
  totals: PanelData<TotalsRow>,
  readings: readonly ReadingRow[],
  anomalies: readonly AnomalyRow[],
): TotalsRow | undefined {
  const [base] = totals.rows;
  if (!base) return undefined;
  const newReadings = readings.filter((row) => row.received_at > totals.asOfMs);
  const newAnomalies = anomalies.filter((row) => row.predicted_at > totals.asOfMs);
  return {
    ...base,
    reading_count: base.reading_count + newReadings.length,
    anomaly_count: base.anomaly_count + newAnomalies.length,
    last_received_at: newReadings.reduce<number | null>(
      (last, row) => Math.max(last ?? 0, row.received_at),
      base.last_received_at,
    ),
  };
}

/** A series with what arrived after it was asked for added to its last steps, or as new steps. */
export function withLiveSeries(
  series: PanelData<SeriesRow>,
  readings: readonly ReadingRow[],
): ReadonlyMap<MetricName, readonly SeriesRow[]> {
  const fresh = readings.filter((row) => row.received_at > series.asOfMs);
  const stepMs = series.rows[0]?.step_ms;
  const byMetric = Map.groupBy(series.rows, (row) => row.metric);
  if (stepMs === undefined || fresh.length === 0) return byMetric;
  for (const metric of METRIC_NAMES) {
    const added = new Map<number, number[]>();
    for (const row of fresh) {
      const value = row[metric];
      if (value === null || value === undefined) continue;
      const start = Math.floor(row.measured_at / stepMs) * stepMs;
      const values = added.get(start);
      if (values) values.push(value);
      else added.set(start, [value]);
    }
    if (added.size === 0) continue;
    const steps = new Map((byMetric.get(metric) ?? []).map((step) => [step.start_at, step]));
    for (const [start, values] of added) {
      steps.set(start, widened(steps.get(start), metric, start, stepMs, values));
    }
    byMetric.set(
      metric,
      [...steps.values()].sort((a, b) => a.start_at - b.start_at),
    );
  }
  return byMetric;
}

function widened(
  step: SeriesRow | undefined,
  metric: MetricName,
  start: number,
  stepMs: number,
  values: readonly number[],
): SeriesRow {
  const count = (step?.reading_count ?? 0) + values.length;
  const sum =
    (step ? step.mean * step.reading_count : 0) + values.reduce((total, value) => total + value, 0);
  return {
    metric,
    start_at: start,
    step_ms: stepMs,
    reading_count: count,
    mean: sum / count,
    min: Math.min(step?.min ?? Number.POSITIVE_INFINITY, ...values),
    max: Math.max(step?.max ?? Number.NEGATIVE_INFINITY, ...values),
  };
}

/** Rows of a list with those that arrived since on top, each once, at most `limit`. */
export function withLiveRows<Row extends { reading_id: string; measured_at: number }>(
  fetched: readonly Row[],
  live: readonly Row[],
  limit: number,
): readonly Row[] {
  const ids = new Set(fetched.map((row) => row.reading_id));
  return [...live.filter((row) => !ids.has(row.reading_id)), ...fetched]
    .sort((a, b) => b.measured_at - a.measured_at)
    .slice(0, limit);
}
