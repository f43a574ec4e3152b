/** Lets each principal send so many readings a second on average. */
export interface RateLimit {
  /**
   * Takes `count` readings of a principal's share.
   *
   * Returns 0 if they may pass, else the whole seconds after which they may; nothing is taken then.
   */
  take(principal: string, count: number, perSecond?: number): number;
}

/** Seconds of its rate that a principal may save up, so that a device that was away can catch up. */
const SAVED_SECONDS = 10;
/** Principals remembered at once; beyond that the one that came first starts anew. */
const MAX_PRINCIPALS = 10_000;

/**
 * A token bucket for each principal, in this process alone.
 *
 * - perSecond: readings a second of a principal without a rate of its own; above 0
 * - largest: readings that one request may have; a bucket always holds that many
 */
export function createRateLimit(perSecond: number, largest: number, now: () => number): RateLimit {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(principal, count, own = perSecond) {
      const size = Math.max(largest, SAVED_SECONDS * own);
      const nowMs = now();
      const bucket = buckets.get(principal) ?? { left: size, atMs: nowMs };
      const left = Math.min(size, bucket.left + ((nowMs - bucket.atMs) / 1000) * own);
      const isEnough = count <= left;
      buckets.set(principal, { left: isEnough ? left - count : left, atMs: nowMs });
      if (MAX_PRINCIPALS < buckets.size) {
        const [first] = buckets.keys();
        buckets.delete(first as string);
      }
      return isEnough ? 0 : Math.ceil((count - left) / own);
    },
  };
}
