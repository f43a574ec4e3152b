import { BatchConsumer, type Sending } from './batch-consumer.ts';
import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { isPush } from './resources.ts';
import type { Subscription } from './state.ts';

/** Starts and ends the sending of subscriptions as their configuration says. */
export class Senders {
  readonly #broker: Broker;
  readonly #dispatcher: Dispatcher;
  readonly #now: () => number;
  readonly #push: (subscription: Subscription) => Sending;
  readonly #consumers = new Map<Subscription, BatchConsumer>();

  constructor(
    broker: Broker,
    dispatcher: Dispatcher,
    now: () => number,
    push: (subscription: Subscription) => Sending,
  ) {
    this.#broker = broker;
    this.#dispatcher = dispatcher;
    this.#now = now;
    this.#push = push;
  }

  /** Call after a subscription was created, changed or deleted. */
  follow(subscription: Subscription, isDeleted: boolean): void {
    const { resource } = subscription;
    const consumer = this.#consumers.get(subscription);
    const isWanted = !isDeleted && !resource.detached && isPush(resource);
    if (isWanted && consumer === undefined) {
      const sending = this.#push(subscription);
      const added = new BatchConsumer(this.#broker, subscription, sending, this.#now);
      this.#consumers.set(subscription, added);
      this.#dispatcher.join(subscription, added);
    } else if (!isWanted && consumer !== undefined) {
      this.#consumers.delete(subscription);
      this.#dispatcher.leave(subscription, consumer);
    }
  }
}
