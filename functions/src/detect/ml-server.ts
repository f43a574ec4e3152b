import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchReading,
  type BatchResponse,
  type BatchResult,
  MAX_BATCH_READINGS,
  TransientError,
} from '@plumbline/contracts';
import { createGroupCommit, type GroupCommit } from '../platform/group-commit.ts';
import { retry } from '../platform/retry.ts';
import { createRetryBudget, RETRY_BUDGET } from '../platform/retry-budget.ts';

/** One batch in flight: the server learns from each device's readings in the order in which they came. */
const BATCH = { maxItems: MAX_BATCH_READINGS, maxBytes: 2_000_000, maxInFlight: 1 };
const CAP = { capItems: 50_000, capBytes: 64_000_000 };
const RETRY = { deadlineMs: 30_000, baseMs: 100, capMs: 4_000 };
const TRY_MS = 10_000;

/**
 * Scores readings on the ML server, those of many messages in one `POST /detect/batch`.
 *
 * `authorize` gives the headers that the server asks for. `add` rejects with a TransientError when the
 * server is away or overloaded for longer than the deadline, or the retry budget is spent.
 */
export function createScorer(
  url: string,
  authorize: () => Promise<Record<string, string>>,
): GroupCommit<BatchReading, BatchResult> {
  const endpoint = new URL('/detect/batch', url);
  const budget = createRetryBudget(RETRY_BUDGET, Date.now);
  return createGroupCommit({ ...BATCH, ...CAP }, (readings: BatchReading[]) =>
    retry(
      async (remainingMs) => {
        const response = await post(readings, Math.min(TRY_MS, remainingMs));
        if (response.results.length === readings.length) return response.results;
        throw new Error(
          `${endpoint} gave ${response.results.length} results for ${readings.length} readings`,
        );
      },
      RETRY,
      { now: Date.now, sleep: (ms) => sleep(ms), random: Math.random, budget },
    ),
  );

  async function post(readings: BatchReading[], timeoutMs: number): Promise<BatchResponse> {
    let response: Response;
    try {
      response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await authorize()) },
        // What is said of ordinary readings beyond their score is in no row.
        body: JSON.stringify({ readings, explain: 'anomalies' }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) return (await response.json()) as BatchResponse;
    } catch (cause) {
      throw new TransientError(`${endpoint} is away`, { cause });
    }
    const detail = `${endpoint} answered ${response.status}: ${(await response.text()).slice(0, 300)}`;
    if (response.status === 429 || response.status >= 500) throw new TransientError(detail);
    throw new Error(detail);
  }
}
