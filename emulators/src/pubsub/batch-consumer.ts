import type { Delivery } from './backlog.ts';
import type { Broker } from './broker.ts';
import type { Consumer } from './dispatcher.ts';
import type { Subscription } from './state.ts';

/** How messages go out, and how many at once. */
export interface Sending {
  readonly maxOutstanding: number;
  readonly maxBatch: number;
  /** Whether each was accepted. Must not reject. */
  send(deliveries: readonly Delivery[]): Promise<readonly boolean[]>;
}

const MAX_BATCH_BYTES = 9_000_000;

/** Sends the messages of a subscription somewhere, and acknowledges those that were accepted. */
export class BatchConsumer implements Consumer {
  readonly #broker: Broker;
  readonly #subscription: Subscription;
  readonly #sending: Sending;
  readonly #now: () => number;
  outstanding = 0;

  constructor(broker: Broker, subscription: Subscription, sending: Sending, now: () => number) {
    this.#broker = broker;
    this.#subscription = subscription;
    this.#sending = sending;
    this.#now = now;
  }

  offer(): boolean {
    const { maxOutstanding, maxBatch } = this.#sending;
    if (maxOutstanding <= this.outstanding) return false;
    const { backlog } = this.#subscription;
    const deliveries = backlog.take(this.#now(), maxBatch, MAX_BATCH_BYTES);
    if (deliveries.length === 0) return false;
    this.outstanding += 1;
    void this.#deliver(deliveries);
    return true;
  }

  released(): void {}

  ended(): void {}

  async #deliver(deliveries: readonly Delivery[]): Promise<void> {
    const accepted = await this.#sending.send(deliveries);
    this.outstanding -= 1;
    this.#broker.answered(this.#subscription, deliveries, accepted);
  }
}
