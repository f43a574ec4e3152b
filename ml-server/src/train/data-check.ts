import { METRIC_NAMES } from '@plumbline/contracts';
import type { TrainingSeries } from '@plumbline/detection';

/** What the trainer was given, for people who ask whether it was enough. */
export interface DataSummary {
  readonly readingCount: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Hours with a reading, of all hours from the first reading to the last; 0 without readings. */
  readonly coverage: number;
  readonly metrics: readonly MetricSummary[];
}

export interface MetricSummary {
  readonly metric: string;
  readonly valueCount: number;
  /** Share of the readings that lack this metric. */
  readonly missingShare: number;
  /** All values are equal: a forest over it would call everything else an anomaly. */
  readonly isConstant: boolean;
}

const HOUR_MS = 3_600_000;

export function summarizeData(series: readonly TrainingSeries[]): DataSummary {
  let readingCount = 0;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  const hours = new Set<number>();
  const seen = new Map<string, { count: number; min: number; max: number }>();
  for (const { points } of series) {
    for (const { atMs, metrics } of points) {
      readingCount++;
      firstMs = Math.min(firstMs, atMs);
      lastMs = Math.max(lastMs, atMs);
      hours.add(Math.floor(atMs / HOUR_MS));
      for (const [metric, value] of Object.entries(metrics)) {
        const known = seen.get(metric);
        if (known === undefined) {
          seen.set(metric, { count: 1, min: value, max: value });
          continue;
        }
        known.count++;
        known.min = Math.min(known.min, value);
        known.max = Math.max(known.max, value);
      }
    }
  }
  if (readingCount === 0) {
    return { readingCount, firstMs: null, lastMs: null, coverage: 0, metrics: [] };
  }
  const expectedHours = Math.floor(lastMs / HOUR_MS) - Math.floor(firstMs / HOUR_MS) + 1;
  return {
    readingCount,
    firstMs,
    lastMs,
    coverage: hours.size / expectedHours,
    metrics: METRIC_NAMES.flatMap((metric) => {
      const known = seen.get(metric);
      if (known === undefined) return [];
      const { count, min, max } = known;
      return [
        {
          metric,
          valueCount: count,
          missingShare: 1 - count / readingCount,
          isConstant: min === max,
        },
      ];
    }),
  };
}

/** The series without metrics that never change: there is nothing to learn from them. */
export function withoutConstants(
  series: readonly TrainingSeries[],
  summary: DataSummary,
): readonly TrainingSeries[] {
  const constant = new Set(
    summary.metrics.filter((one) => one.isConstant).map(({ metric }) => metric),
  );
  if (constant.size === 0) return series;
  return series.map((one) => ({
    ...one,
    points: one.points.flatMap(({ atMs, metrics }) => {
      const kept = Object.entries(metrics).filter(([metric]) => !constant.has(metric));
      return kept.length === 0 ? [] : [{ atMs, metrics: Object.fromEntries(kept) }];
    }),
  }));
}
