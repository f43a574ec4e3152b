import type { BigQuery } from '@google-cloud/bigquery';
import { type AggregationReach, DATASET, scheduledSql } from '@plumbline/contracts';

/**
 * Bytes that a run of the aggregation at `runTime` is billed for, by dry runs of its statements: those of its first,
 * with which it finds out what was touched, those of its MERGE, and those of the rows that this may update.
 *
 * Source: https://cloud.google.com/bigquery/pricing#dml (a MERGE is billed for all columns of the target)
 */
export async function aggregationBytes(
  bigquery: BigQuery,
  runTime: Date,
  reach: AggregationReach,
): Promise<number> {
  const [, search = '', merge = ''] =
    /DEFAULT \((.*?)\);\s*IF .*?THEN\s*(MERGE .*);\s*END IF;/s.exec(
      scheduledSql('aggregate-1m', reach),
    ) ?? [];
  const run_time = bigquery.timestamp(runTime);
  const select = `SELECT (${search}) AS first_window`;
  const [[found]] = await bigquery.query({ query: select, params: { run_time } });
  const searched = await dryRun(select, { run_time });
  if (found.first_window === null) return searched;
  // A script gives its variables to the statement as constants: so does a parameter.
  const { first_window } = found;
  const query = merge.replaceAll('first_window', '@first_window');
  const target = `SELECT * FROM ${DATASET}.aggregates_1m WHERE window_start >= @first_window`;
  const merged = await dryRun(query, { run_time, first_window });
  return searched + merged + (await dryRun(target, { first_window }));

  async function dryRun(query: string, params: Record<string, unknown>): Promise<number> {
    const [job] = await bigquery.createQueryJob({ query, params, dryRun: true });
    return Number(job.metadata.statistics.totalBytesProcessed);
  }
}
