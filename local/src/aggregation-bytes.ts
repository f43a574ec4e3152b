import type { BigQuery } from '@google-cloud/bigquery';
import { type AggregationReach, scheduledSql } from '@plumbline/contracts';

/**
 * Bytes that a run of the aggregation at `runTime` is billed for, by dry runs of its statements: those of its first,
 * with which it finds out what was touched, and those of its MERGE.
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
  const query = merge.replaceAll('first_window', '@first_window');
  return searched + (await dryRun(query, { run_time, first_window: found.first_window }));

  async function dryRun(query: string, params: Record<string, unknown>): Promise<number> {
    const [job] = await bigquery.createQueryJob({ query, params, dryRun: true });
    return Number(job.metadata.statistics.totalBytesProcessed);
  }
}
