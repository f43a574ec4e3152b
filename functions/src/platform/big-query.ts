import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import { type Column, DATASET, TABLES, type TableName, TransientError } from '@plumbline/contracts';
import type { InsertError, InsertRows, Row } from './row-writer.ts';

/** Google's client without retries of its own: it would send rows again past the ack deadline. */
export function createBigQuery(options: BigQueryOptions): BigQuery {
  return new BigQuery({ autoRetry: false, maxRetries: 0, ...options });
}

/** Appends to a table by `tabledata.insertAll`, each request tried once. */
export function insertAll(bigquery: BigQuery, name: TableName, timeoutMs: number): InsertRows {
  const table = bigquery.dataset(DATASET).table(name);
  const toJson = jsonOf(TABLES[name].columns);
  return async (rows) => {
    // Straight to the API: `table.insert` copies every row deeply and hides the index of a refused one.
    const request = table.request({
      method: 'POST',
      uri: '/insertAll',
      json: { rows: rows.map(toJson), skipInvalidRows: true },
    }) as Promise<[{ insertErrors?: InsertError[] }, unknown]>;
    try {
      const [response] = await inTime(request, timeoutMs);
      return response.insertErrors ?? [];
    } catch (error) {
      if (isTransient(error)) throw new TransientError(messageOf(error), { cause: error });
      throw error;
    }
  };
}

/** Rows as the API takes them: times are ISO 8601. */
function jsonOf(columns: readonly Column[]) {
  const times = columns.filter(({ type }) => type === 'TIMESTAMP').map(({ name }) => name);
  return ({ insertId, values }: Row) => {
    const json: Record<string, unknown> = { ...values };
    for (const name of times) {
      const atMs = json[name];
      if (typeof atMs === 'number') json[name] = new Date(atMs).toISOString();
    }
    return { insertId, json };
  };
}

/** The client always waits for 60 s, whatever timeout it is given, and then ends the request that is left behind here. */
async function inTime<Result>(request: Promise<Result>, timeoutMs: number): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(
    () => {
      throw new TransientError(`no answer in ${timeoutMs} ms`);
    },
    // The request came first.
    () => request,
  );
  try {
    return await Promise.race([request, late]);
  } finally {
    timer.abort();
  }
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
  if (error instanceof TransientError) return true;
  const { code, status, errors, cause } = error as {
    code?: unknown;
    status?: unknown;
    errors?: { reason?: string }[];
    cause?: { code?: unknown };
  };
  if ([code, status].some((value) => TRANSIENT_STATUS.has(Number(value)))) return true;
  if ([code, cause?.code].some((value) => TRANSIENT_CODE.test(String(value)))) return true;
  return errors?.some(({ reason }) => TRANSIENT_REASON.has(reason ?? '')) ?? false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
