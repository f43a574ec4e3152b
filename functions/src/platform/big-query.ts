import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import { DATASET, type TableName, TransientError } from '@plumbline/contracts';
import {
  createRowWriter,
  type InsertError,
  type InsertRows,
  type RowWriter,
} from './row-writer.ts';

/** Of one try. With the writer's deadline of 40 s it stays below the ack deadline of 60 s. */
const TRY_MS = 10_000;

/**
 * Google's client without retries of its own: it would send rows again past the ack deadline.
 *
 * The timeout is set on the client because it drops that of a single request, and after it was made
 * because it drops that of its options too.
 */
export function createBigQuery(options: BigQueryOptions, timeoutMs = TRY_MS): BigQuery {
  const bigquery = new BigQuery({ autoRetry: false, maxRetries: 0, ...options });
  bigquery.timeout = timeoutMs;
  return bigquery;
}

/** A writer for a table, by `tabledata.insertAll`. */
export function tableWriter(bigquery: BigQuery, name: TableName): RowWriter {
  return createRowWriter(insertAll(bigquery, name), {
    now: Date.now,
    sleep: (ms) => sleep(ms),
    random: Math.random,
  });
}

/** One request, tried once. */
export function insertAll(bigquery: BigQuery, name: TableName): InsertRows {
  const table = bigquery.dataset(DATASET).table(name);
  return async (rows) => {
    try {
      // Straight to the API: `table.insert` copies every row deeply and hides the index of a refused one.
      const [response] = (await table.request({
        method: 'POST',
        uri: '/insertAll',
        json: { rows, skipInvalidRows: true },
      })) as [{ insertErrors?: InsertError[] }, unknown];
      return response.insertErrors ?? [];
    } catch (error) {
      if (isTransient(error)) throw new TransientError(messageOf(error), { cause: error });
      throw error;
    }
  };
}

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const TRANSIENT_CODE = /^(ECONN|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|UND_ERR)/;
const TRANSIENT_REASON = new Set([
  'backendError',
  'rateLimitExceeded',
  'internalError',
  'tableUnavailable',
  // Not in a tight loop, but Pub/Sub's own back-off covers both.
  'quotaExceeded',
  'notFound',
]);

/**
 * True if the same call may succeed later.
 *
 * Source: https://cloud.google.com/bigquery/docs/error-messages
 */
function isTransient(error: unknown): boolean {
  const { code, status, type, errors, cause } = error as {
    code?: unknown;
    status?: unknown;
    type?: unknown;
    errors?: { reason?: string }[];
    cause?: { code?: unknown };
  };
  if ([code, status].some((value) => TRANSIENT_STATUS.has(Number(value)))) return true;
  if ([code, cause?.code].some((value) => TRANSIENT_CODE.test(String(value)))) return true;
  if (type === 'request-timeout') return true;
  return errors?.some(({ reason }) => TRANSIENT_REASON.has(reason ?? '')) ?? false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
