import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED } from '@plumbline/contracts';

/** What the warehouse holds of all that was published. */
export interface Counts {
  /** Rows of readings_raw: each reading as often as it was delivered. */
  readonly rawRows: number;
  /** Readings, each once. */
  readonly stored: number;
  readonly deadLettered: number;
  /** Readings that the ML server has judged. */
  readonly predicted: number;
  readonly anomalies: number;
  readonly alerts: number;
  readonly aggregateRows: number;
}

/** Counts everything since the beginning: for a local warehouse, not for a large one. */
export async function readCounts(bigquery: BigQuery): Promise<Counts> {
  const [rows] = await bigquery.query({
    query: `
    SELECT
      (SELECT COUNT(*) FROM ${DATASET}.readings_raw) AS raw_rows,
      (SELECT COUNT(*) FROM ${DATASET}.readings) AS stored,
      (SELECT COUNT(DISTINCT dead_letter_id) FROM ${DATASET}.dead_letters) AS dead_lettered,
      (SELECT COUNT(DISTINCT reading_id) FROM ${DATASET}.predictions) AS predicted,
      (SELECT COUNT(DISTINCT reading_id) FROM ${DATASET}.anomalies) AS anomalies,
      (SELECT COUNT(DISTINCT reading_id) FROM ${DATASET}.anomalies WHERE is_alert) AS alerts,
      (SELECT COUNT(*) FROM ${DATASET}.aggregates_1m) AS aggregate_rows`,
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  const row = rows[0] as Record<string, number>;
  return {
    rawRows: Number(row.raw_rows),
    stored: Number(row.stored),
    deadLettered: Number(row.dead_lettered),
    predicted: Number(row.predicted),
    anomalies: Number(row.anomalies),
    alerts: Number(row.alerts),
    aggregateRows: Number(row.aggregate_rows),
  };
}

const STALL_MS = 60_000;
const PAUSE_MS = 250;

/**
 * Resolves with the counts once `isComplete` says so. Rejects when nothing has changed for a minute, with
 * the counts at which it stopped.
 */
export async function waitForCounts(
  bigquery: BigQuery,
  isComplete: (counts: Counts) => boolean,
  onProgress: (counts: Counts) => void = () => {},
): Promise<Counts> {
  let last = '';
  let changedMs = performance.now();
  for (;;) {
    const counts = await readCounts(bigquery);
    if (isComplete(counts)) return counts;
    const now = JSON.stringify(counts);
    if (now !== last) {
      last = now;
      changedMs = performance.now();
      onProgress(counts);
    } else if (STALL_MS < performance.now() - changedMs) {
      throw new Error(`nothing has moved for ${STALL_MS / 1000} s: ${now}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
