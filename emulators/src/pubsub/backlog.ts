import { ackIdOf, parseAckId } from './ack-ids.ts';
import { type Due, DueHeap } from './due-heap.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';

/** How a subscription delivers. All times in milliseconds. */
export interface DeliveryPolicy {
  readonly ackDeadlineMs: number;
  /** Unacknowledged messages older than this are dropped. */
  readonly retentionMs: number;
  /** Delay before the first redelivery; it doubles up to the longest. 0: at once. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Deliveries before a message is dead-lettered; undefined: never. */
  readonly maxDeliveryAttempts: number | undefined;
  readonly isOrdered: boolean;
  readonly isExactlyOnce: boolean;
}

/** Who holds leased messages: told when each is given back, so that its flow control has room. */
export interface Holder {
  released(message: Message): void;
}

/** A message handed out: unacknowledged after the deadline, it comes again. */
export interface Delivery {
  readonly ackId: string;
  readonly message: Message;
  /** 1 at first; 0 without a dead-letter policy, as Google leaves it out then. */
  readonly deliveryAttempt: number;
}

type EntryState = 'ready' | 'leased' | 'waiting' | 'behind' | 'gone';

interface Entry extends Due {
  readonly message: Message;
  state: EntryState;
  /** Times it was handed out; the number of the newest lease. */
  deliveries: number;
  /** Negative acknowledgements and missed deadlines. */
  failures: number;
  holder: Holder | undefined;
}

/**
 * The unacknowledged messages of one subscription: which may go out now, which are leased until
 * when, which wait for their retry. Pure bookkeeping: time comes in, and it has no timers.
 *
 * With ordering, only the oldest message of a key may go out; those behind it wait in its line
 * until it is acknowledged, so a redelivered message is always followed by all later ones.
 */
export class Backlog {
  policy: DeliveryPolicy;
  readonly #tag: string;
  readonly #giveUp: (message: Message, attempts: number) => boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #due = new DueHeap<Entry>();
  readonly #lines = new Map<string, Fifo<Entry>>();
  #ready = new Fifo<Entry>();
  #readyCount = 0;
  #sizeBytes = 0;
  #leasedCount = 0;

  /**
   * - tag: tells this backlog's ack ids from those of others
   * - giveUp: dead-letters a message; false if it cannot, and the message is retried
   */
  constructor(
    tag: string,
    policy: DeliveryPolicy,
    giveUp: (message: Message, attempts: number) => boolean,
  ) {
    this.#tag = tag;
    this.policy = policy;
    this.#giveUp = giveUp;
  }

  /** Messages that nobody acknowledged yet. */
  get size(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get readyCount(): number {
    return this.#readyCount;
  }

  get leasedCount(): number {
    return this.#leasedCount;
  }

  /** Unacknowledged messages in the order of their publishing. */
  messages(): Message[] {
    return Array.from(this.#entries.values(), (entry) => entry.message);
  }

  add(message: Message): void {
    const entry: Entry = {
      message,
      state: 'behind',
      deliveries: 0,
      failures: 0,
      holder: undefined,
      dueMs: 0,
      heapIndex: -1,
    };
    this.#entries.set(message.messageId, entry);
    this.#sizeBytes += message.sizeBytes;
    if (!this.policy.isOrdered || message.orderingKey === '') {
      this.#makeReady(entry);
      return;
    }
    const line = this.#lines.get(message.orderingKey);
    if (line !== undefined) {
      line.push(entry);
      return;
    }
    const newLine = new Fifo<Entry>();
    newLine.push(entry);
    this.#lines.set(message.orderingKey, newLine);
    this.#makeReady(entry);
  }

  /** Leases up to `maxMessages` ready messages, stopping before `maxBytes` unless it is the first. */
  take(
    nowMs: number,
    maxMessages: number,
    maxBytes: number,
    holder?: Holder,
    leaseMs = this.policy.ackDeadlineMs,
  ): Delivery[] {
    this.expire(nowMs);
    const deliveries: Delivery[] = [];
    let totalBytes = 0;
    while (deliveries.length < maxMessages) {
      const entry = this.#firstReady(nowMs);
      if (entry === undefined) break;
      totalBytes += entry.message.sizeBytes;
      if (maxBytes < totalBytes && 0 < deliveries.length) break;
      this.#ready.shift();
      this.#readyCount -= 1;
      this.#leasedCount += 1;
      entry.state = 'leased';
      entry.deliveries += 1;
      entry.holder = holder;
      entry.dueMs = nowMs + leaseMs;
      this.#due.add(entry);
      const { messageId } = entry.message;
      deliveries.push({
        ackId: ackIdOf({ tag: this.#tag, messageId, delivery: entry.deliveries }),
        message: entry.message,
        deliveryAttempt: this.policy.maxDeliveryAttempts === undefined ? 0 : entry.failures + 1,
      });
    }
    return deliveries;
  }

  /**
   * Removes a message for good, even if its deadline has passed; with exactly-once delivery only
   * while the lease lasts. Gives its id, or undefined if there was nothing to remove.
   */
  acknowledge(ackId: string): string | undefined {
    const { entry, isCurrent } = this.#find(ackId);
    if (entry === undefined || (this.policy.isExactlyOnce && !isCurrent)) return undefined;
    this.#remove(entry);
    return entry.message.messageId;
  }

  /** Removes a message for good, whoever has it. */
  forget(messageId: string): void {
    const entry = this.#entries.get(messageId);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Gives the lease another `leaseMs` from now; 0 gives the message back. False if it is over. */
  modifyDeadline(ackId: string, leaseMs: number, nowMs: number): boolean {
    const { entry, isCurrent } = this.#find(ackId);
    if (entry === undefined || !isCurrent) return false;
    if (leaseMs === 0) {
      this.#fail(entry, nowMs);
    } else {
      entry.dueMs = nowMs + leaseMs;
      this.#due.moved(entry);
    }
    return true;
  }

  /** Ends the leases, waits and retention times that are over. */
  expire(nowMs: number): void {
    for (;;) {
      const entry = this.#due.first;
      if (entry === undefined || nowMs < entry.dueMs) break;
      if (entry.state === 'leased') {
        this.#fail(entry, nowMs);
      } else {
        this.#due.remove(entry);
        this.#makeReady(entry);
      }
    }
    this.#firstReady(nowMs);
  }

  /** When `expire` next has work; undefined if nothing is leased, waiting or ready. */
  nextDueMs(): number | undefined {
    const dueMs = this.#due.first?.dueMs;
    const ready = this.#ready.first;
    if (ready === undefined) return dueMs;
    const endMs = ready.message.publishedAtMs + this.policy.retentionMs;
    return dueMs === undefined ? endMs : Math.min(dueMs, endMs);
  }

  /** Forgets all it has; then these messages, oldest first, are what nobody acknowledged. */
  reset(messages: readonly Message[]): void {
    for (const entry of Array.from(this.#entries.values()).reverse()) this.#remove(entry);
    for (const message of messages) this.add(message);
  }

  /** The first message that may go out, dropping those that are gone or past retention. */
  #firstReady(nowMs: number): Entry | undefined {
    for (;;) {
      const entry = this.#ready.first;
      if (entry === undefined) return undefined;
      if (entry.state === 'ready') {
        if (nowMs < entry.message.publishedAtMs + this.policy.retentionMs) return entry;
        this.#remove(entry);
      }
      this.#ready.shift();
    }
  }

  #find(ackId: string): { entry: Entry | undefined; isCurrent: boolean } {
    const { tag, messageId, delivery } = parseAckId(ackId);
    const entry = tag === this.#tag ? this.#entries.get(messageId) : undefined;
    const isCurrent = entry?.state === 'leased' && delivery === entry.deliveries;
    return { entry, isCurrent };
  }

  #makeReady(entry: Entry): void {
    entry.state = 'ready';
    this.#readyCount += 1;
    this.#ready.push(entry);
  }

  #fail(entry: Entry, nowMs: number): void {
    this.#release(entry);
    entry.failures += 1;
    const { maxDeliveryAttempts, minBackoffMs, maxBackoffMs, retentionMs } = this.policy;
    const isGivenUp =
      maxDeliveryAttempts !== undefined &&
      maxDeliveryAttempts <= entry.failures &&
      this.#giveUp(entry.message, entry.failures);
    if (isGivenUp || entry.message.publishedAtMs + retentionMs <= nowMs) {
      this.#remove(entry);
      return;
    }
    const backoffMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(entry.failures - 1, 30));
    if (backoffMs === 0) {
      this.#makeReady(entry);
      return;
    }
    entry.state = 'waiting';
    entry.dueMs = nowMs + backoffMs;
    this.#due.add(entry);
  }

  #release(entry: Entry): void {
    this.#due.remove(entry);
    this.#leasedCount -= 1;
    const { holder } = entry;
    entry.holder = undefined;
    entry.state = 'behind';
    holder?.released(entry.message);
  }

  #remove(entry: Entry): void {
    if (entry.state === 'leased') this.#release(entry);
    if (entry.state === 'ready') this.#readyCount -= 1;
    if (entry.state === 'waiting') this.#due.remove(entry);
    entry.state = 'gone';
    this.#entries.delete(entry.message.messageId);
    this.#sizeBytes -= entry.message.sizeBytes;
    this.#advanceLine(entry);
  }

  /** Lets the next message of the key go out once the first of its line is gone. */
  #advanceLine(entry: Entry): void {
    const key = entry.message.orderingKey;
    const line = this.policy.isOrdered ? this.#lines.get(key) : undefined;
    if (line === undefined || line.first !== entry) return;
    while (line.first?.state === 'gone') line.shift();
    if (line.first === undefined) this.#lines.delete(key);
    else this.#makeReady(line.first);
  }
}
