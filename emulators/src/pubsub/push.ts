import { Agent, type ClientRequest, type RequestOptions, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { Delivery } from './backlog.ts';
import type { Subscription } from './broker.ts';
import type { Consumer, Dispatcher } from './dispatcher.ts';
import type { Faults } from './faults.ts';
import { isPush } from './resources.ts';

/** Requests in flight to one endpoint. Google grows such a window with each success. */
const MAX_OUTSTANDING = 100;
const MAX_REPLY_BYTES = 64_000;

// https://cloud.google.com/pubsub/docs/push#receive_push
const ACKNOWLEDGING_STATUS = new Set([102, 200, 201, 202, 204]);

/** Sends the messages of push subscriptions to their endpoints. */
export class PushSender {
  readonly #dispatcher: Dispatcher;
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #consumers = new Map<Subscription, PushConsumer>();
  readonly #requests = new Set<ClientRequest>();
  readonly #agents = {
    'http:': new Agent({ keepAlive: true, maxSockets: MAX_OUTSTANDING }),
    'https:': new SecureAgent({ keepAlive: true, maxSockets: MAX_OUTSTANDING }),
  };

  constructor(dispatcher: Dispatcher, faults: Faults, now: () => number) {
    this.#dispatcher = dispatcher;
    this.#faults = faults;
    this.#now = now;
  }

  /** Starts or ends pushing, after a subscription was created, changed or deleted. */
  follow(subscription: Subscription, isDeleted: boolean): void {
    const consumer = this.#consumers.get(subscription);
    const isWanted = !isDeleted && isPush(subscription.resource) && !subscription.resource.detached;
    if (isWanted && consumer === undefined) {
      const added = new PushConsumer(subscription, this.#dispatcher, this.#now, (delivery) =>
        this.#faults.around('push', () => this.#push(subscription, delivery)).catch(() => false),
      );
      this.#consumers.set(subscription, added);
      this.#dispatcher.join(subscription, added);
    } else if (!isWanted && consumer !== undefined) {
      this.#consumers.delete(subscription);
      this.#dispatcher.leave(subscription, consumer);
    }
  }

  stop(): void {
    for (const open of this.#requests) open.destroy();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** True if the endpoint acknowledged. Never throws: a broken connection is a refusal. */
  #push(subscription: Subscription, delivery: Delivery): Promise<boolean> {
    const url = new URL(subscription.resource.pushConfig?.pushEndpoint as string);
    const body = pushBody(subscription.name, delivery);
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: isSecure ? this.#agents['https:'] : this.#agents['http:'],
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'CloudPubSub-Google',
        accept: 'application/json',
      },
    };
    return new Promise((resolve) => {
      const outgoing = (isSecure ? secureRequest : request)(url, options);
      this.#requests.add(outgoing);
      const timer = setTimeout(() => outgoing.destroy(), subscription.backlog.policy.ackDeadlineMs);
      outgoing.on('response', (reply) => {
        let size = 0;
        reply.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (MAX_REPLY_BYTES < size) outgoing.destroy();
        });
        reply.on('end', () => finish(ACKNOWLEDGING_STATUS.has(reply.statusCode ?? 0)));
        reply.on('error', () => finish(false));
      });
      // A 102 has no final reply that must be waited for.
      outgoing.on('information', ({ statusCode }) => {
        if (statusCode === 102) finish(true);
      });
      outgoing.on('error', () => finish(false));
      outgoing.on('close', () => finish(false));
      outgoing.end(body);

      const finish = (isAcknowledged: boolean) => {
        clearTimeout(timer);
        this.#requests.delete(outgoing);
        resolve(isAcknowledged);
      };
    });
  }
}

/** The wrapped JSON of a push: https://cloud.google.com/pubsub/docs/push#receive_push */
export function pushBody(subscriptionName: string, delivery: Delivery): string {
  const { messageId, publishedAtMs, attributes, data, orderingKey } = delivery.message;
  const publishTime = new Date(publishedAtMs).toISOString();
  return JSON.stringify({
    message: {
      ...(0 < Object.keys(attributes).length && { attributes }),
      ...(0 < data.length && {
        data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
      }),
      messageId,
      message_id: messageId,
      ...(orderingKey !== '' && { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: subscriptionName,
    ...(0 < delivery.deliveryAttempt && { deliveryAttempt: delivery.deliveryAttempt }),
  });
}

class PushConsumer implements Consumer {
  readonly #subscription: Subscription;
  readonly #dispatcher: Dispatcher;
  readonly #now: () => number;
  readonly #push: (delivery: Delivery) => Promise<boolean>;
  outstanding = 0;

  constructor(
    subscription: Subscription,
    dispatcher: Dispatcher,
    now: () => number,
    push: (delivery: Delivery) => Promise<boolean>,
  ) {
    this.#subscription = subscription;
    this.#dispatcher = dispatcher;
    this.#now = now;
    this.#push = push;
  }

  offer(): boolean {
    if (MAX_OUTSTANDING <= this.outstanding) return false;
    const [delivery] = this.#subscription.backlog.take(this.#now(), 1, Number.POSITIVE_INFINITY);
    if (delivery === undefined) return false;
    this.outstanding += 1;
    void this.#deliver(delivery);
    return true;
  }

  released(): void {}

  ended(): void {}

  async #deliver(delivery: Delivery): Promise<void> {
    const { backlog } = this.#subscription;
    const isAcknowledged = await this.#push(delivery);
    this.outstanding -= 1;
    if (isAcknowledged) backlog.acknowledge(delivery.ackId);
    else backlog.modifyDeadline(delivery.ackId, 0, this.#now());
    this.#dispatcher.changed(this.#subscription);
  }
}
