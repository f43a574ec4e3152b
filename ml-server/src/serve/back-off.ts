/** A client that waits longer has gone elsewhere. */
const MAX_SECONDS = 10;

/**
 * How many seconds a client that is turned away should wait: 1, and more the more clients there are, so that turning
 * them away again and again does not take the time of those who are let in. Call it once for each refusal.
 *
 * - refusalsPerSecond: as many as are cheap
 * - elapsed: monotonic milliseconds
 */
export function createBackOff(refusalsPerSecond: number, elapsed: () => number): () => number {
  let waitSeconds = 1;
  let count = 0;
  let sinceMs = elapsed();
  return () => {
    const nowMs = elapsed();
    const seconds = (nowMs - sinceMs) / 1000;
    if (1 <= seconds) {
      // Each comes back about once in the time that it was told to wait.
      const clientCount = (count / seconds) * waitSeconds;
      const wanted = Math.ceil(clientCount / refusalsPerSecond);
      waitSeconds = Math.min(Math.max(wanted, 1), MAX_SECONDS);
      count = 0;
      sinceMs = nowMs;
    }
    count++;
    return waitSeconds;
  };
}
