/** Too much is waiting already: the caller should come back later. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

export interface GroupCommitOptions {
  /** Items and bytes in one commit. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Commits in flight at once; 1 keeps the order of items. */
  readonly maxInFlight: number;
  /** Items and bytes that may wait or be in flight; more are refused with an OverloadedError. */
  readonly capItems: number;
  readonly capBytes: number;
}

export interface GroupCommit<Item, Outcome> {
  /**
   * Resolves with one outcome an item, in their order, when all are committed.
   *
   * Rejects with an OverloadedError when the cap is reached, or with what the commit threw.
   */
  add(items: readonly Item[], bytes: number): Promise<Outcome[]>;
  readonly waitingItems: number;
  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void>;
}

interface Waiting<Item, Outcome> {
  readonly items: readonly Item[];
  /** Estimate for each item: the caller's bytes spread evenly. */
  readonly itemBytes: number;
  readonly outcomes: Outcome[];
  /** Items given to a commit, and items whose commit has ended well. */
  taken: number;
  committed: number;
  isSettled: boolean;
  /** Ends the caller's wait; later calls do nothing. */
  settle(error?: unknown): void;
}

/**
 * Commits items of many callers together. There is no timer: as long as a commit may start it takes all
 * that waits, up to the bounds, so a lone item goes at once and a crowd shares few large commits.
 *
 * `commit` returns one outcome an item, in their order.
 */
export function createGroupCommit<Item, Outcome>(
  options: GroupCommitOptions,
  commit: (items: Item[]) => Promise<readonly Outcome[]>,
): GroupCommit<Item, Outcome> {
  const queue: Waiting<Item, Outcome>[] = [];
  const idle: (() => void)[] = [];
  let heldItems = 0;
  let heldBytes = 0;
  let inFlight = 0;

  return {
    get waitingItems() {
      return heldItems;
    },
    add(items, bytes) {
      if (items.length === 0) return Promise.resolve([]);
      const isFull =
        options.capItems < heldItems + items.length || options.capBytes < heldBytes + bytes;
      // An empty queue takes anything, so that no caller is refused for ever.
      if (isFull && heldItems > 0) {
        return Promise.reject(
          new OverloadedError(`${heldItems} items wait, at most ${options.capItems}`),
        );
      }
      heldItems += items.length;
      heldBytes += bytes;
      return new Promise<Outcome[]>((resolve, reject) => {
        const waiting: Waiting<Item, Outcome> = {
          items,
          itemBytes: bytes / items.length,
          outcomes: [],
          taken: 0,
          committed: 0,
          isSettled: false,
          settle(error) {
            if (waiting.isSettled) return;
            waiting.isSettled = true;
            heldItems -= items.length;
            heldBytes -= bytes;
            if (error === undefined) resolve(waiting.outcomes);
            else reject(error);
          },
        };
        queue.push(waiting);
        pump();
      });
    },
    drained() {
      return heldItems === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
    },
  };

  function pump(): void {
    while (inFlight < options.maxInFlight && queue.length > 0) void flush();
    if (heldItems === 0) for (const resolve of idle.splice(0)) resolve();
  }

  async function flush(): Promise<void> {
    const parts = take();
    inFlight++;
    try {
      const items = parts.flatMap(({ waiting, from, to }) => waiting.items.slice(from, to));
      const outcomes = await commit(items);
      let at = 0;
      for (const { waiting, from, to } of parts) {
        for (let index = from; index < to; index++)
          waiting.outcomes[index] = outcomes[at++] as Outcome;
        waiting.committed += to - from;
        if (waiting.committed === waiting.items.length) waiting.settle();
      }
    } catch (error) {
      for (const { waiting } of parts) {
        // What is left of a failed caller must not be committed: it will send everything again.
        if (queue[0] === waiting) queue.shift();
        waiting.settle(error);
      }
    } finally {
      inFlight--;
      pump();
    }
  }

  /** Takes from the head of the queue; the last caller taken may be taken in part. */
  function take() {
    const parts: { waiting: Waiting<Item, Outcome>; from: number; to: number }[] = [];
    let items = 0;
    let bytes = 0;
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const room = Math.min(
        options.maxItems - items,
        Math.floor((options.maxBytes - bytes) / head.itemBytes),
      );
      const count = Math.min(head.items.length - head.taken, Math.max(room, items === 0 ? 1 : 0));
      if (count === 0) break;
      parts.push({ waiting: head, from: head.taken, to: head.taken + count });
      head.taken += count;
      items += count;
      bytes += count * head.itemBytes;
      if (head.taken < head.items.length) break;
      queue.shift();
    }
    return parts;
  }
}
