/** How many tries beyond the first an instance may spend on what it calls: a share of its calls, and a little more with time. */
export interface RetryBudget {
  /** A first try begins: it earns a share of a retry. */
  call(): void;
  /** True if one more try may be made; it is spent then. */
  take(): boolean;
}

export interface RetryBudgetOptions {
  /** Retries that a call earns, 0 to 1. */
  readonly perCall: number;
  /** Retries that a second earns, so that an instance with few calls may still try again. */
  readonly perSecond: number;
  /** Retries that may be saved up; the budget starts with as many. */
  readonly capacity: number;
}

/**
 * What is away for a moment is not noticed. What is overloaded gets a fifth more than it would without retries, and
 * what stays away is asked again every five seconds: the rest is left to Pub/Sub, which backs off.
 */
export const RETRY_BUDGET: RetryBudgetOptions = { perCall: 0.2, perSecond: 0.2, capacity: 20 };

/**
 * A token bucket for retries. Many retry loops share one, as they ask the same service.
 *
 * Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function createRetryBudget(
  { perCall, perSecond, capacity }: RetryBudgetOptions,
  now: () => number,
): RetryBudget {
  let tokens = capacity;
  let filledMs = now();
  const earn = (earned: number) => {
    tokens = Math.min(capacity, tokens + earned);
  };
  return {
    call() {
      earn(perCall);
    },
    take() {
      const nowMs = now();
      // A clock that is set back earns nothing.
      earn((perSecond * Math.max(0, nowMs - filledMs)) / 1000);
      filledMs = nowMs;
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
