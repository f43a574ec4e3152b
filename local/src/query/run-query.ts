import type { BigQuery, TableField } from '@google-cloud/bigquery';
import { DATASET, MAX_BYTES_BILLED } from '@plumbline/contracts';

export interface Answer {
  readonly fields: readonly TableField[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a GoogleSQL query, with the pipeline's dataset as default. Fails before it reads more than 10 GiB. */
export async function runQuery(bigquery: BigQuery, query: string): Promise<Answer> {
  const [job] = await bigquery.createQueryJob({
    query,
    defaultDataset: { datasetId: DATASET },
    maximumBytesBilled: MAX_BYTES_BILLED,
  });
  const [rows, , response] = await job.getQueryResults();
  return { fields: response?.schema?.fields ?? [], rows };
}
