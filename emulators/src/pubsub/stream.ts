import { ackIdLength } from './ack-ids.ts';
import type { Consumer, Dispatcher } from './dispatcher.ts';
import { invalid, type StatusError } from './errors.ts';
import type { Message } from './message.ts';
import type { Pulled } from './pulled.ts';
import { checkPullable } from './resources.ts';
import type { Subscription } from './state.ts';

/** google.pubsub.v1.StreamingPullRequest */
export interface StreamingPullRequest {
  readonly subscription?: string;
  readonly ackIds?: readonly string[];
  readonly modifyDeadlineSeconds?: readonly number[];
  readonly modifyDeadlineAckIds?: readonly string[];
  readonly streamAckDeadlineSeconds?: number;
  readonly maxOutstandingMessages?: number;
  readonly maxOutstandingBytes?: number;
}

/** What a stream sends through; `send` is false when the connection is full until it drains. */
export interface Outlet {
  send(response: Pulled): boolean;
  end(reason: StatusError): void;
}

/**
 * Google's clients stop reading once they hold as many messages as their limit, 1,000 unless told
 * otherwise, until their acknowledgements are answered. A response that stays just below lets
 * another one in, of the next stream: the client works on it while it waits. See also `ackIdLength`.
 */
export const RESPONSE_MESSAGES = 999;
const RESPONSE_BYTES = 4_000_000;

/** One open StreamingPull: takes messages as long as its flow control and its connection let it. */
export class PullStream implements Consumer {
  readonly subscription: Subscription;
  readonly #ackIdLength: number;
  readonly #dispatcher: Dispatcher;
  readonly #outlet: Outlet;
  readonly #now: () => number;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #ackDeadlineMs = 0;
  #outstandingBytes = 0;
  #isBlocked = false;
  outstanding = 0;

  /** Throws FAILED_PRECONDITION if the subscription is not for pulling, INVALID_ARGUMENT if the deadline is out of range. */
  constructor(
    dispatcher: Dispatcher,
    subscription: Subscription,
    first: StreamingPullRequest,
    outlet: Outlet,
    now: () => number,
  ) {
    checkPullable(subscription.resource);
    this.subscription = subscription;
    this.#dispatcher = dispatcher;
    this.#outlet = outlet;
    this.#now = now;
    const maxMessages = unlimitedIfNotPositive(first.maxOutstandingMessages);
    this.#ackIdLength = ackIdLength(maxMessages);
    // One less where nobody can tell: else the last one would come as a response of its own, and end a round.
    this.#maxMessages = RESPONSE_MESSAGES < maxMessages ? maxMessages - 1 : maxMessages;
    this.#maxBytes = unlimitedIfNotPositive(first.maxOutstandingBytes);
    this.setAckDeadline(first.streamAckDeadlineSeconds ?? 0);
  }

  setAckDeadline(seconds: number): void {
    if (seconds < 10 || 600 < seconds) {
      throw invalid(`stream_ack_deadline_seconds=${seconds} not in [10, 600]`);
    }
    this.#ackDeadlineMs = seconds * 1000;
  }

  offer(share: number): boolean {
    const roomMessages = this.#maxMessages - this.outstanding;
    const roomBytes = this.#maxBytes - this.#outstandingBytes;
    if (this.#isBlocked || roomMessages <= 0 || roomBytes <= 0) return false;
    const { backlog } = this.subscription;
    const deliveries = backlog.take(
      this.#now(),
      Math.min(roomMessages, share, RESPONSE_MESSAGES),
      Math.min(roomBytes, RESPONSE_BYTES),
      this,
      this.#ackDeadlineMs,
    );
    if (deliveries.length === 0) return false;
    this.outstanding += deliveries.length;
    for (const { message } of deliveries) this.#outstandingBytes += message.sizeBytes;
    this.#isBlocked = !this.#outlet.send({
      receivedMessages: deliveries,
      subscriptionProperties: {
        exactlyOnceDeliveryEnabled: backlog.policy.isExactlyOnce,
        messageOrderingEnabled: backlog.policy.isOrdered,
      },
      // Refused ids are named in the trailers of a reply, where long ones find no room.
      ackIdLength: backlog.policy.isExactlyOnce ? 0 : this.#ackIdLength,
    });
    return true;
  }

  released(message: Message): void {
    this.outstanding -= 1;
    this.#outstandingBytes -= message.sizeBytes;
  }

  ended(reason: StatusError): void {
    this.#outlet.end(reason);
  }

  /** The connection has room again. */
  drained(): void {
    this.#isBlocked = false;
    this.#dispatcher.changed(this.subscription);
  }
}

function unlimitedIfNotPositive(limit = 0): number {
  return limit <= 0 ? Number.POSITIVE_INFINITY : limit;
}
