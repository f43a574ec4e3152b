import { TransientError } from '@plumbline/contracts';
import type { RetryBudget } from './retry-budget.ts';

export interface RetryOptions {
  /** No try starts after this much time; keep it below the ack deadline. */
  readonly deadlineMs: number;
  /** Mean of the first wait is half of this; it doubles with each try. */
  readonly baseMs: number;
  readonly capMs: number;
}

export interface RetryEffects {
  now(): number;
  sleep(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** Shared by all that ask the same service. */
  readonly budget: RetryBudget;
}

/** Part of the work is done: the next try has less to do, and is not taken from the budget. */
export class UnfinishedError extends TransientError {}

/**
 * Calls `attempt` until it succeeds, fails with anything but a TransientError, the deadline is near or the
 * budget is spent. Then it rejects with what the last try failed with: nothing is given up but this call.
 *
 * Waits with full jitter, so that many instances do not come back at once.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retry<Result>(
  attempt: (remainingMs: number) => Promise<Result>,
  { deadlineMs, baseMs, capMs }: RetryOptions,
  { now, sleep, random, budget }: RetryEffects,
): Promise<Result> {
  const endMs = now() + deadlineMs;
  budget.call();
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(endMs - now());
    } catch (error) {
      const waitMs = random() * Math.min(capMs, baseMs * 2 ** tries);
      if (!(error instanceof TransientError) || endMs <= now() + waitMs) throw error;
      if (!(error instanceof UnfinishedError) && !budget.take()) {
        throw new TransientError(`${error.message}; too many retries already`, { cause: error });
      }
      await sleep(waitMs);
    }
  }
}
