import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { toMs } from './message.ts';
import { deliveryKind } from './resources.ts';
import type { Subscription } from './state.ts';

const SWEEP_MS = 3_600_000;

/**
 * Deletes the subscriptions that nobody used for the time that their expiration policy gives. A pull,
 * an acknowledgement, an open stream, and a push that was accepted are uses; when the emulator starts
 * all count as just used. Looks once an hour, and when the clock is moved.
 *
 * Source: https://cloud.google.com/pubsub/docs/subscription-properties#expiration_period
 */
export class Disuse {
  readonly #broker: Broker;
  readonly #dispatcher: Dispatcher;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(broker: Broker, dispatcher: Dispatcher, now: () => number) {
    this.#broker = broker;
    this.#dispatcher = dispatcher;
    this.#now = now;
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  sweep(): void {
    for (const subscription of this.#broker.state.subscriptions.values()) {
      if (this.#isOver(subscription)) this.#broker.deleteSubscription(subscription.name);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #isOver(subscription: Subscription): boolean {
    const { resource, usedAtMs } = subscription;
    const ttl = resource.expirationPolicy?.ttl;
    if (!ttl) return false;
    const isBeingPulled =
      deliveryKind(resource) === 'pull' && this.#dispatcher.hasConsumers(subscription);
    if (isBeingPulled) subscription.usedAtMs = this.#now();
    return !isBeingPulled && usedAtMs + toMs(ttl) <= this.#now();
  }
}
