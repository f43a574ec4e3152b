import type { BigQuery } from '@google-cloud/bigquery';
import { type BatchReading, DATASET, METRIC_NAMES } from '@plumbline/contracts';
import { parseRow, QUERY_OPTIONS, render, type TimeRange, timesOf } from './reading-history.ts';

/** A reading as it is stored, and what was said of it when it came. */
export interface StoredReading {
  readonly reading: BatchReading & { readonly reading_id: string };
  readonly atMs: number;
  /** Null: it has no prediction. */
  readonly wasAnomaly: boolean | null;
  /** It is in the table anomalies. */
  readonly isReported: boolean;
}

/** One of so many parts of the devices, told by their ids. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A row of the table predictions or anomalies. */
export interface PredictionRow {
  readonly reading_id: string;
  readonly [column: string]: unknown;
}

/** What a back-fill reads and writes. */
export interface PredictionStore {
  /** Device by device, each device's in the order of measuring. */
  readings(range: TimeRange, shard: Shard): AsyncIterable<StoredReading>;
  /** Resolves when the rows can be queried. Rows with the id of a row written a moment ago are dropped. */
  write(table: 'predictions' | 'anomalies', rows: readonly PredictionRow[]): Promise<void>;
}

/** Predictions in BigQuery. A query that would read more than `maxBytesBilled` is refused before it runs. */
export function openPredictionStore(bigquery: BigQuery, maxBytesBilled: number): PredictionStore {
  return {
    async *readings(range, { index, count }) {
      const rows = bigquery.createQueryStream({
        ...QUERY_OPTIONS,
        maximumBytesBilled: String(maxBytesBilled),
        query: render('stored-readings', {
          columns: METRIC_NAMES.map((name) => `r.${name}`).join(',\n  '),
        }),
        params: { ...timesOf(range), shard_count: count, shard: index },
      });
      for await (const row of rows) yield parseStored(row);
    },
    async write(table, rows) {
      const raw = rows.map((json) => ({ insertId: json.reading_id, json }));
      await bigquery.dataset(DATASET).table(table).insert(raw, { raw: true });
    },
  };
}

function parseStored(row: Record<string, unknown>): StoredReading {
  const { deviceId, atMs, metrics } = parseRow(row);
  const place = {
    ...(typeof row.building === 'string' && { building: row.building }),
    ...(typeof row.floor === 'number' && { floor: row.floor }),
    ...(typeof row.room === 'string' && { room: row.room }),
    ...(typeof row.place_type === 'string' && { type: row.place_type }),
  };
  return {
    reading: {
      reading_id: String(row.reading_id),
      device_id: deviceId,
      timestamp: new Date(atMs).toISOString(),
      ...metrics,
      ...(0 < Object.keys(place).length && { place }),
    },
    atMs,
    wasAnomaly: typeof row.was_anomaly === 'boolean' ? row.was_anomaly : null,
    isReported: row.is_reported === true,
  };
}
