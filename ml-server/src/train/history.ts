import { readFileSync } from 'node:fs';
import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, METRIC_NAMES } from '@plumbline/contracts';

/** One row of history: what a device measured at one moment. */
export interface HistoryRow {
  readonly deviceId: string;
  readonly atMs: number;
  readonly placeType: string | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Half-open: from inclusive, until exclusive. Epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Volume {
  readonly readingCount: number;
  readonly deviceCount: number;
}

/** Which readings to take of a range. */
export interface Sampling {
  /** Blocks of a device's time that are kept, of 1,000. */
  readonly keepOf1000: number;
  readonly blockSeconds: number;
  /** Rows at the most, whatever the hash keeps. */
  readonly limit: number;
}

/** Readings as the trainer asks for them. */
export interface ReadingHistory {
  volume(range: TimeRange): Promise<Volume>;
  /** By device, each device's in time order. */
  rows(range: TimeRange, sampling: Sampling): AsyncIterable<HistoryRow>;
}

export interface QueryLimits {
  readonly maxBytesBilled: number;
}

const QUERY_TIMEOUT_MS = 300_000;

/** History in BigQuery, or in the emulator that stands for it. */
export function queryHistory(bigquery: BigQuery, limits: QueryLimits): ReadingHistory {
  const options = {
    maximumBytesBilled: String(limits.maxBytesBilled),
    jobTimeoutMs: QUERY_TIMEOUT_MS,
    labels: { component: 'trainer' },
  };
  return {
    async volume(range) {
      const [rows] = await bigquery.query({
        ...options,
        query: render('training-volume', {}),
        params: timesOf(range),
      });
      const [row] = rows;
      return { readingCount: Number(row.reading_count), deviceCount: Number(row.device_count) };
    },
    async *rows(range, { keepOf1000, blockSeconds, limit }) {
      const stream = bigquery.createQueryStream({
        ...options,
        query: render('training-readings', {
          metrics: METRIC_NAMES.join(',\n  '),
          limit: String(limit),
        }),
        params: { ...timesOf(range), keep_of_1000: keepOf1000, block_seconds: blockSeconds },
      });
      for await (const row of stream) yield parseRow(row);
    },
  };
}

function timesOf({ fromMs, untilMs }: TimeRange) {
  return { from_time: new Date(fromMs), until_time: new Date(untilMs) };
}

function parseRow(row: Record<string, unknown>): HistoryRow {
  const metrics: Record<string, number> = {};
  for (const name of METRIC_NAMES) {
    const value = row[name];
    if (typeof value === 'number') metrics[name] = value;
  }
  const { value: measuredAt } = row.measured_at as { value: string };
  return {
    deviceId: String(row.device_id),
    atMs: Date.parse(measuredAt),
    placeType: typeof row.place_type === 'string' ? row.place_type : null,
    metrics,
  };
}

function render(name: string, values: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = { dataset: DATASET, ...values };
  const text = readFileSync(new URL(`../../sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = all[key];
    if (value === undefined) throw new Error(`ml-server/sql/${name}.sql: no value for {{${key}}}`);
    return value;
  });
}
