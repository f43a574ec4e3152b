import { TransientError } from '@plumbline/contracts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { type RetryEffects, retry, UnfinishedError } from './retry.ts';

export interface Row {
  /** The same for every copy of the row. BigQuery drops copies for about a minute, at its best effort. */
  readonly insertId: string;
  /** By column; times are epoch milliseconds. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What became of a row: it is durable, or BigQuery will never take it. */
export type RowOutcome =
  | { readonly stored: true }
  | { readonly stored: false; readonly detail: string };

export type RowWriter = GroupCommit<Row, RowOutcome>;

/** A row that an insert did not take; the others of the same insert were stored. */
export interface InsertError {
  readonly index: number;
  readonly errors: readonly { reason?: string; message?: string; location?: string }[];
}

/**
 * Appends rows to a table in one request. Rejects with a TransientError when any of them may or may not have
 * landed.
 */
export type InsertRows = (rows: readonly Row[]) => Promise<readonly InsertError[]>;

export interface WriterLimits {
  /** Rows that may wait or be in flight in an instance. */
  readonly capItems: number;
}

/** BigQuery recommends up to 500 rows a request and takes at most 10 MB. */
const COMMIT = { maxItems: 500, maxBytes: 5_000_000, maxInFlight: 3 };
/** What an instance may hold: 100 pushes of full messages, or far fewer large ones. */
const CAP = { capItems: 50_000, capBytes: 64_000_000 };
/** Below the ack deadline of 60 s, with room for one more try. */
const RETRY = { deadlineMs: 40_000, baseMs: 200, capMs: 8_000 };

const STORED: RowOutcome = { stored: true };

/**
 * Writes the rows of many messages together.
 *
 * A row comes back as stored only after BigQuery confirmed it. `add` rejects with a TransientError when
 * the rows may or may not have landed, or the retry budget is spent: add them again with the same insert ids.
 */
export function createRowWriter(
  insert: InsertRows,
  effects: RetryEffects,
  limits: WriterLimits = CAP,
): RowWriter {
  return createGroupCommit({ ...COMMIT, ...CAP, ...limits }, (rows: Row[]) => {
    const outcomes: RowOutcome[] = rows.map(() => STORED);
    let pending = rows.map((_, index) => index);
    return retry(
      async () => {
        const batch = pending.map((index) => rows[index] as Row);
        const errors = await insert(batch);
        const again: number[] = [];
        for (const { index, errors: causes } of errors) {
          const row = pending[index] as number;
          const refusal = refusalOf(causes);
          if (refusal === undefined) again.push(row);
          else outcomes[row] = { stored: false, detail: refusal };
        }
        pending = again;
        if (again.length === 0) return outcomes;
        const problem = `${again.length} rows were not taken yet`;
        // Rows beside refused ones go again: poison must not use up the retries that are for a service away.
        throw again.length < batch.length
          ? new UnfinishedError(problem)
          : new TransientError(problem);
      },
      RETRY,
      effects,
    );
  });
}

/** Why BigQuery will never take the row, or undefined when it may be sent again. */
function refusalOf(causes: InsertError['errors']): string | undefined {
  const cause = causes.find(({ reason }) => reason !== 'stopped' && reason !== 'timeout');
  if (cause === undefined) return undefined;
  return [cause.reason, cause.location, cause.message].filter(Boolean).join(': ');
}
