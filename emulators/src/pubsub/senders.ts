import { BatchConsumer, type Sending } from './batch-consumer.ts';
import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { deliveryKind, notPullable } from './resources.ts';
import type { Subscription } from './state.ts';

/** Starts and ends the sending of subscriptions as their configuration says. */
export class Senders {
  readonly #broker: Broker;
  readonly #dispatcher: Dispatcher;
  readonly #now: () => number;
  readonly #sendingOf: (subscription: Subscription) => Sending;
  readonly #active = new Map<Subscription, { kind: string; consumer: BatchConsumer }>();

  constructor(
    broker: Broker,
    dispatcher: Dispatcher,
    now: () => number,
    sendingOf: (subscription: Subscription) => Sending,
  ) {
    this.#broker = broker;
    this.#dispatcher = dispatcher;
    this.#now = now;
    this.#sendingOf = sendingOf;
  }

  /** Call after a subscription was created, changed or deleted. */
  follow(subscription: Subscription, isDeleted: boolean): void {
    const { resource } = subscription;
    const kind = isDeleted || resource.detached ? 'pull' : deliveryKind(resource);
    const active = this.#active.get(subscription);
    if (active !== undefined && active.kind !== kind) {
      this.#active.delete(subscription);
      this.#dispatcher.leave(subscription, active.consumer);
    }
    if (kind !== 'pull' && active?.kind !== kind) {
      // Streams and waiting pulls, from before it became a push subscription, are over.
      this.#dispatcher.end(subscription, notPullable());
      const sending = this.#sendingOf(subscription);
      const consumer = new BatchConsumer(this.#broker, subscription, sending, this.#now);
      this.#active.set(subscription, { kind, consumer });
      this.#dispatcher.join(subscription, consumer);
    }
  }
}
