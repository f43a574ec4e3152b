import { TransientError } from '@plumbline/contracts';

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
}

/**
 * Calls `attempt` until it succeeds, fails with anything but a TransientError, or the deadline is near.
 *
 * Waits with full jitter, so that many instances do not come back at once.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retry<Result>(
  attempt: (remainingMs: number) => Promise<Result>,
  { deadlineMs, baseMs, capMs }: RetryOptions,
  { now, sleep, random }: RetryEffects,
): Promise<Result> {
  const endMs = now() + deadlineMs;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(endMs - now());
    } catch (error) {
      const waitMs = random() * Math.min(capMs, baseMs * 2 ** tries);
      if (!(error instanceof TransientError) || endMs <= now() + waitMs) throw error;
      await sleep(waitMs);
    }
  }
}
