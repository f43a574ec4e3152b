import type { BigQuery } from '@google-cloud/bigquery';
import {
  type AggregationReach,
  DATASET,
  MAX_BYTES_BILLED,
  scheduledSql,
} from '@plumbline/contracts';

/**
 * Aggregates as of `runTime`, and gives the bytes for which the run is billed: what its statements read, and all columns
 * of the rows that its MERGE may update.
 *
 * Source: https://cloud.google.com/bigquery/pricing#dml
 */
export async function aggregationBytes(
  bigquery: BigQuery,
  runTime: Date,
  reach: AggregationReach,
): Promise<number> {
  const run_time = bigquery.timestamp(runTime);
  const query = scheduledSql('aggregate-1m', reach);
  const [run] = await bigquery.createQueryJob({
    query,
    params: { run_time },
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  await run.getQueryResults();
  const [{ statistics }] = await run.getMetadata();
  const read = Number(statistics.totalBytesProcessed);
  const [[first]] = await bigquery.query({
    query: `SELECT MIN(window_start) AS first_window FROM ${DATASET}.aggregates_1m WHERE computed_at = @run_time`,
    params: { run_time },
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  if (first.first_window === null) return read;
  const target = `SELECT * FROM ${DATASET}.aggregates_1m WHERE window_start >= @first_window`;
  const [job] = await bigquery.createQueryJob({ query: target, params: first, dryRun: true });
  return read + Number(job.metadata.statistics.totalBytesProcessed);
}
