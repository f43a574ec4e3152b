import type { MetricName, Place } from '@plumbline/contracts';

/** How the rows of a text file become readings. Columns are counted from 0. */
export interface Mapping {
  /** Splits a row: commas, or runs of blanks. */
  readonly separator: ',' | 'blanks';
  /** The header that the file must start with; undefined: it has none. */
  readonly header: string | undefined;
  readonly columnCount: number;
  /** Undefined: the row has no such device, and is counted as `bad_device`. */
  readonly device: (columns: readonly string[]) => string | undefined;
  /** Epoch milliseconds; NaN is counted as `bad_time`. */
  readonly time: (columns: readonly string[]) => number;
  readonly metrics: Readonly<Partial<Record<MetricName, ColumnOfMetric>>>;
  readonly place?: (columns: readonly string[]) => Place;
  /** The label of a row, if it has one. */
  readonly label?: (columns: readonly string[], timeMs: number) => string | undefined;
}

export interface ColumnOfMetric {
  readonly column: number;
  /** Into the metric's unit. */
  readonly convert?: (value: number) => number;
  /** Beyond these the sensor is broken, though the metric's plausible range is wider. */
  readonly min?: number;
  readonly max?: number;
}

export function fahrenheit(value: number): number {
  return (value - 32) / 1.8;
}

/** `YYYY-MM-DD HH:MM:SS.fff…`, taken as UTC. NaN if it is something else. */
export function parseUtc(text: string | undefined): number {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*$/.exec(text ?? '');
  return match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
}
