/** Readings that a client may have judged: so many a second, and bursts of ten seconds' worth. */
export interface RateLimit {
  /** Takes the cost from the client's share. 0: it was there; else the seconds to wait for it. */
  take(client: string, cost: number): number;
}

const BURST_SECONDS = 10;

/**
 * A token bucket a client, of this process alone: with many instances the limit is that many times as high.
 *
 * Grows with the number of clients, so their names must come from us, not from requests.
 */
export function createRateLimit(perSecond: number, now: () => number): RateLimit {
  const capacity = Math.max(1, perSecond * BURST_SECONDS);
  const buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>();
  return {
    take(client, cost) {
      const atMs = now();
      const before = buckets.get(client) ?? { tokens: capacity, atMs };
      const gained = ((atMs - before.atMs) / 1000) * perSecond;
      const tokens = Math.min(capacity, before.tokens + gained);
      // A batch larger than the whole bucket passes when the bucket is full, and leaves a debt.
      const needed = Math.min(cost, capacity);
      const isEnough = needed <= tokens;
      buckets.set(client, { tokens: isEnough ? tokens - cost : tokens, atMs });
      return isEnough ? 0 : (needed - tokens) / perSecond;
    },
  };
}
