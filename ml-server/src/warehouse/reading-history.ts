import { readFileSync } from 'node:fs';
import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, METRIC_NAMES } from '@plumbline/contracts';

/** What a device measured at one moment. */
export interface HistoryRow {
  readonly deviceId: string;
  readonly atMs: number;
  readonly placeType?: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The same with the truth, where simulator or data set gave it: for evaluation, never for training. */
export interface LabelledRow extends HistoryRow {
  readonly label: string | null;
}

/** Half-open: from inclusive, until exclusive. Epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Volume {
  readonly readingCount: number;
  readonly deviceCount: number;
  /** Epoch milliseconds of the first and the last reading; 0 without readings. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Hashes of blocks run from 0 to this, exclusive. */
export const HASH_RANGE = 10_000;

/** Which readings of a time range to take. */
export interface Sample {
  /** Blocks with a hash in [hashFrom, hashBelow). */
  readonly hashFrom: number;
  readonly hashBelow: number;
  readonly blockSeconds: number;
  /** Rows at the most, whatever the hash gives. */
  readonly limit: number;
}

/** The newest readings of every device. */
export interface Recent {
  readonly perDevice: number;
  /** Rows at the most. */
  readonly limit: number;
}

/** Readings as they are asked for to learn from: by device, each device's in time order. */
export interface ReadingHistory {
  volume(range: TimeRange): Promise<Volume>;
  rows(range: TimeRange, sample: Sample): AsyncIterable<HistoryRow>;
  labelledRows(range: TimeRange, sample: Sample): AsyncIterable<LabelledRow>;
  recentRows(range: TimeRange, recent: Recent): AsyncIterable<HistoryRow>;
}

/** Of every query of this package. */
export const QUERY_OPTIONS = { jobTimeoutMs: 300_000, labels: { component: 'ml-server' } } as const;

/** History in BigQuery. Each query is refused before it runs if it would read more than `maxBytesBilled`. */
export function queryHistory(bigquery: BigQuery, maxBytesBilled: number): ReadingHistory {
  const options = { ...QUERY_OPTIONS, maximumBytesBilled: String(maxBytesBilled) };
  return {
    async volume(range) {
      const query = render('reading-volume', {});
      const [rows] = await bigquery.query({ ...options, query, params: timesOf(range) });
      const [row] = rows;
      return {
        readingCount: Number(row.reading_count),
        deviceCount: Number(row.device_count),
        firstMs: row.first_at === null ? 0 : Date.parse(row.first_at.value),
        lastMs: row.last_at === null ? 0 : Date.parse(row.last_at.value),
      };
    },
    async *rows(range, sample) {
      for await (const row of stream(range, sample, METRIC_NAMES)) yield parseRow(row);
    },
    async *labelledRows(range, sample) {
      for await (const row of stream(range, sample, [...METRIC_NAMES, 'label'])) {
        yield { ...parseRow(row), label: typeof row.label === 'string' ? row.label : null };
      }
    },
    async *recentRows(range, { perDevice, limit }) {
      const query = render('recent-readings', {
        columns: METRIC_NAMES.join(',\n  '),
        per_device: String(perDevice),
        limit: String(limit),
      });
      const rows = bigquery.createQueryStream({ ...options, query, params: timesOf(range) });
      for await (const row of rows) yield parseRow(row);
    },
  };

  function stream(
    range: TimeRange,
    { hashFrom, hashBelow, blockSeconds, limit }: Sample,
    columns: readonly string[],
  ): AsyncIterable<Record<string, unknown>> {
    return bigquery.createQueryStream({
      ...options,
      query: render('reading-sample', { columns: columns.join(',\n  '), limit: String(limit) }),
      params: {
        ...timesOf(range),
        hash_from: hashFrom,
        hash_below: hashBelow,
        block_seconds: blockSeconds,
      },
    });
  }
}

/** The parameters of a query for a time range. */
export function timesOf({ fromMs, untilMs }: TimeRange) {
  return { from_time: new Date(fromMs), until_time: new Date(untilMs) };
}

/** The columns that every query for readings has. */
export function parseRow(row: Record<string, unknown>): HistoryRow {
  const metrics: Record<string, number> = {};
  for (const name of METRIC_NAMES) {
    const value = row[name];
    if (typeof value === 'number') metrics[name] = value;
  }
  const { value: measuredAt } = row.measured_at as { value: string };
  return {
    deviceId: String(row.device_id),
    atMs: Date.parse(measuredAt),
    ...(typeof row.place_type === 'string' && { placeType: row.place_type }),
    metrics,
  };
}

/** The text of a query in `sql/`. */
export function render(name: string, values: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = { dataset: DATASET, ...values };
  const text = readFileSync(new URL(`../../sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = all[key];
    if (value === undefined) throw new Error(`ml-server/sql/${name}.sql: no value for {{${key}}}`);
    return value;
  });
}
