import { setTimeout as sleep } from 'node:timers/promises';
import { BigQuery } from '@google-cloud/bigquery';
import { DATASET, type TableName, TransientError } from '@plumbline/contracts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { retry } from './retry.ts';

export interface Row {
  /** The same for every copy of the row. BigQuery drops copies for about a minute, at its best effort. */
  readonly insertId: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What became of a row: it is durable, or BigQuery will never take it. */
export type RowOutcome =
  | { readonly stored: true }
  | { readonly stored: false; readonly detail: string };

export type RowWriter = GroupCommit<Row, RowOutcome>;

/** BigQuery recommends up to 500 rows a request and takes at most 10 MB. */
const COMMIT = { maxItems: 500, maxBytes: 5_000_000, maxInFlight: 3 };
/** What an instance may hold: 100 pushes of full messages, or far fewer large ones. */
const CAP = { capItems: 50_000, capBytes: 64_000_000 };
/** Below the ack deadline of 60 s, with room for one more try of 10 s. */
const RETRY = { deadlineMs: 40_000, baseMs: 200, capMs: 8_000 };
const TRY_MS = 10_000;

const STORED: RowOutcome = { stored: true };

/** Without retries of the client's own: it would send rows again past the ack deadline. */
export function createBigQuery(projectId: string): BigQuery {
  return new BigQuery({ projectId, autoRetry: false, maxRetries: 0 });
}

/**
 * Appends rows to a table by `tabledata.insertAll`, the rows of many messages in one request.
 *
 * A row comes back as stored only after BigQuery confirmed it. `add` rejects with a TransientError when
 * the rows may or may not have landed: add them again with the same insert ids.
 */
export function createRowWriter(bigquery: BigQuery, name: TableName): RowWriter {
  const table = bigquery.dataset(DATASET).table(name);
  return createGroupCommit({ ...COMMIT, ...CAP }, (rows: Row[]) => {
    const outcomes: RowOutcome[] = rows.map(() => STORED);
    let pending = rows.map((_, index) => index);
    return retry(
      async (remainingMs) => {
        const errors = await insertAll(
          pending.map((index) => rows[index] as Row),
          Math.min(TRY_MS, remainingMs),
        );
        const again: number[] = [];
        for (const { index, errors: causes } of errors) {
          const row = pending[index] as number;
          const verdict = judge(causes);
          if (verdict === undefined) again.push(row);
          else outcomes[row] = { stored: false, detail: verdict };
        }
        pending = again;
        if (again.length > 0) throw new TransientError(`${again.length} rows were not taken yet`);
        return outcomes;
      },
      RETRY,
      { now: Date.now, sleep: (ms) => sleep(ms), random: Math.random },
    );
  });

  async function insertAll(rows: readonly Row[], timeoutMs: number): Promise<InsertError[]> {
    try {
      // Straight to the API: `table.insert` copies every row deeply and hides the index of a refused one.
      const [response] = (await table.request({
        method: 'POST',
        uri: '/insertAll',
        json: { rows, skipInvalidRows: true },
        timeout: timeoutMs,
      })) as [{ insertErrors?: InsertError[] }, unknown];
      return response.insertErrors ?? [];
    } catch (error) {
      if (isTransient(error)) throw new TransientError(messageOf(error), { cause: error });
      throw error;
    }
  }
}

interface InsertError {
  readonly index: number;
  readonly errors: readonly { reason?: string; message?: string; location?: string }[];
}

/** The reason for good, or undefined when the row may be sent again. */
function judge(causes: InsertError['errors']): string | undefined {
  const cause = causes.find(({ reason }) => reason !== 'stopped' && reason !== 'timeout');
  if (cause === undefined) return undefined;
  return [cause.reason, cause.location, cause.message].filter(Boolean).join(': ');
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
  const { code, status, errors, name, cause } = error as {
    code?: unknown;
    status?: unknown;
    errors?: { reason?: string }[];
    name?: string;
    cause?: { code?: unknown };
  };
  if ([code, status].some((value) => TRANSIENT_STATUS.has(Number(value)))) return true;
  if ([code, cause?.code].some((value) => TRANSIENT_CODE.test(String(value)))) return true;
  if (name === 'AbortError' || name === 'TimeoutError') return true;
  return errors?.some(({ reason }) => TRANSIENT_REASON.has(reason ?? '')) ?? false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
