import type { Holder } from './backlog.ts';
import type { StatusError } from './errors.ts';
import type { Subscription } from './state.ts';

/** Someone who takes messages of a subscription: a stream, a waiting pull, a push endpoint. */
export interface Consumer extends Holder {
  /** Messages it has and did not answer yet. */
  readonly outstanding: number;
  /** Takes and delivers what it can right now, its even share at most. False if it took nothing. */
  offer(share: number): boolean;
  /** The subscription was deleted, detached or is pushed now: there will be nothing more. */
  ended(reason: StatusError): void;
}

interface Lane {
  readonly consumers: Consumer[];
  /** Whose turn it is, so that consumers share a backlog evenly. */
  turn: number;
  timer: NodeJS.Timeout | undefined;
  timerDueMs: number;
}

// setTimeout overflows above 2^31 - 1 ms, which is 24.8 days: shorter than the longest retention.
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Brings messages to consumers when something happens: a publish, an acknowledgement, a deadline.
 * Nothing is polled; the only timers are one per subscription, for what it has due next.
 */
export class Dispatcher {
  readonly #now: () => number;
  readonly #lanes = new Map<Subscription, Lane>();
  readonly #changed = new Set<Subscription>();
  #idleWaiters: (() => void)[] = [];
  #isStopped = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  join(subscription: Subscription, consumer: Consumer): void {
    this.#lane(subscription).consumers.push(consumer);
    this.changed(subscription);
  }

  leave(subscription: Subscription, consumer: Consumer): void {
    const lane = this.#lanes.get(subscription);
    const index = lane?.consumers.indexOf(consumer) ?? -1;
    if (lane !== undefined && 0 <= index) lane.consumers.splice(index, 1);
    this.changed(subscription);
  }

  /** Call after anything that may let a message go out. Deliveries follow before the next I/O. */
  changed(subscription: Subscription): void {
    if (this.#isStopped) return;
    if (this.#changed.size === 0) queueMicrotask(() => process.nextTick(this.#flush));
    this.#changed.add(subscription);
  }

  /** Of all subscriptions. */
  get consumerCount(): number {
    let count = 0;
    for (const { consumers } of this.#lanes.values()) count += consumers.length;
    return count;
  }

  hasConsumers(subscription: Subscription): boolean {
    return 0 < (this.#lanes.get(subscription)?.consumers.length ?? 0);
  }

  /** Ends what is over by the clock now, for all subscriptions. */
  clockMoved(): void {
    for (const subscription of this.#lanes.keys()) this.#expire(subscription);
  }

  /** Tells the consumers of a subscription that there is no more for them, and forgets them. */
  end(subscription: Subscription, reason: StatusError): void {
    const lane = this.#lanes.get(subscription);
    clearTimeout(lane?.timer);
    this.#lanes.delete(subscription);
    for (const consumer of lane?.consumers ?? []) consumer.ended(reason);
  }

  /**
   * Resolves when no consumer holds a message and none is ready for one. Messages that wait for
   * their retry, or for a consumer that is not there, do not count.
   */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  stop(): void {
    this.#isStopped = true;
    this.#wakeIdleWaiters();
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    this.#lanes.clear();
  }

  // After the answer to whoever caused it: a client that is told of its acknowledgements makes room.
  readonly #flush = () => {
    const changed = Array.from(this.#changed);
    this.#changed.clear();
    for (const subscription of changed) {
      this.#deliver(subscription);
      this.#arm(subscription);
    }
    if (0 < this.#idleWaiters.length && this.#isIdle()) this.#wakeIdleWaiters();
  };

  #wakeIdleWaiters(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #deliver(subscription: Subscription): void {
    const lane = this.#lanes.get(subscription);
    if (lane === undefined) return;
    let refusals = 0;
    while (0 < subscription.backlog.readyCount && refusals < lane.consumers.length) {
      lane.turn = (lane.turn + 1) % lane.consumers.length;
      const share = Math.ceil(subscription.backlog.readyCount / lane.consumers.length);
      refusals = lane.consumers[lane.turn]?.offer(share) ? 0 : refusals + 1;
    }
  }

  #arm(subscription: Subscription): void {
    const dueMs = subscription.backlog.nextDueMs();
    if (dueMs === undefined) return;
    const lane = this.#lane(subscription);
    if (lane.timer !== undefined && lane.timerDueMs <= dueMs) return;
    clearTimeout(lane.timer);
    lane.timerDueMs = dueMs;
    const delayMs = Math.min(Math.max(dueMs - this.#now(), 1), MAX_TIMEOUT_MS);
    lane.timer = setTimeout(() => this.#expire(subscription), delayMs).unref();
  }

  #expire(subscription: Subscription): void {
    const lane = this.#lane(subscription);
    clearTimeout(lane.timer);
    lane.timer = undefined;
    subscription.backlog.expire(this.#now());
    this.changed(subscription);
  }

  #isIdle(): boolean {
    if (0 < this.#changed.size) return false;
    for (const [{ backlog }, { consumers }] of this.#lanes) {
      if (0 < consumers.length && 0 < backlog.readyCount) return false;
      if (consumers.some((consumer) => 0 < consumer.outstanding)) return false;
    }
    return true;
  }

  #lane(subscription: Subscription): Lane {
    let lane = this.#lanes.get(subscription);
    if (lane === undefined) {
      lane = { consumers: [], turn: 0, timer: undefined, timerDueMs: 0 };
      this.#lanes.set(subscription, lane);
    }
    return lane;
  }
}
