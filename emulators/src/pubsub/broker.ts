import type { Delivery } from './backlog.ts';
import { alreadyExists, invalid, notFound, StatusError } from './errors.ts';
import type { StateEvent } from './events.ts';
import { applyMask } from './field-mask.ts';
import {
  checkPublish,
  type DraftMessage,
  type Message,
  sizeBytes,
  toTimestamp,
} from './message.ts';
import { checkName, splitName } from './names.ts';
import {
  parseSubscription,
  parseTopic,
  type SubscriptionResource,
  type TopicResource,
  UPDATABLE_SUBSCRIPTION_FIELDS,
  UPDATABLE_TOPIC_FIELDS,
} from './resources.ts';
import type { Schemas } from './schemas.ts';
import { State, type Subscription, type Topic } from './state.ts';

const ACK_ID = /^[0-9a-z]+-\d+-\d+$/;
/** What a subscription may hold: an emulator is no store, and its host has other work. */
const MAX_BACKLOG_BYTES = 1_000_000_000;
const MAX_BACKLOG_MESSAGES = 5_000_000;

/** Checks what callers ask for, and makes it an event that changes the state. */
export class Broker {
  readonly state: State;
  readonly #now: () => number;
  readonly #onChange: (subscription: Subscription) => void;
  readonly #record: (event: StateEvent) => void;
  readonly #schemas: Schemas;

  /**
   * - onChange: a subscription may have something to deliver, was changed, or is gone
   * - record: hears every event, in order, to keep it
   */
  constructor(
    now: () => number,
    onChange: (subscription: Subscription) => void,
    record: (event: StateEvent) => void,
    schemas: Schemas,
  ) {
    this.#now = now;
    this.#onChange = onChange;
    this.#record = record;
    this.#schemas = schemas;
    this.state = new State(now, onChange, (subscription, message, attempts) =>
      this.#deadLetter(subscription, message, attempts),
    );
  }

  /** Makes an event true and keeps it. */
  commit(event: StateEvent): void {
    this.state.apply(event);
    this.#record(event);
  }

  topic(name: string | undefined): Topic {
    const topic = this.state.topics.get(checkName('topics', name));
    if (topic === undefined) throw notFound(name as string);
    return topic;
  }

  subscription(name: string | undefined): Subscription {
    const subscription = this.state.subscriptions.get(checkName('subscriptions', name));
    if (subscription === undefined) throw notFound(name as string);
    return subscription;
  }

  createTopic(draft: TopicResource): Topic {
    const resource = parseTopic(draft);
    const name = resource.name as string;
    if (this.state.topics.has(name)) throw alreadyExists(name);
    this.#schemas.validated(resource, []);
    this.commit({ kind: 'topic', resource });
    return this.topic(name);
  }

  updateTopic(patch: TopicResource, paths: readonly string[] | undefined): Topic {
    const topic = this.topic(patch.name);
    const resource = parseTopic(applyMask(topic.resource, patch, paths, UPDATABLE_TOPIC_FIELDS));
    this.#schemas.validated(resource, []);
    this.commit({ kind: 'topic', resource });
    return topic;
  }

  /** Its subscriptions stay with what they have, on the topic `_deleted-topic_`. */
  deleteTopic(name: string | undefined): void {
    this.commit({ kind: 'topic-deleted', name: this.topic(name).name });
  }

  /** Ids of the published messages, in their order. All are stored or none. */
  publish(topicName: string | undefined, drafts: readonly DraftMessage[]): string[] {
    const topic = this.topic(topicName);
    checkPublish(drafts);
    this.#checkRoom(topic);
    const valid = this.#schemas.validated(topic.resource, drafts);
    const messages = valid.map((draft) => this.#toMessage(draft));
    this.commit({ kind: 'published', topic: topic.name, messages });
    return messages.map((message) => message.messageId);
  }

  createSubscription(draft: SubscriptionResource): Subscription {
    const resource = parseSubscription(draft);
    const name = resource.name as string;
    this.topic(resource.topic);
    if (this.state.subscriptions.has(name)) throw alreadyExists(name);
    this.#checkDeadLetterTopic(resource);
    this.commit({ kind: 'subscription', resource });
    return this.subscription(name);
  }

  updateSubscription(
    patch: SubscriptionResource,
    paths: readonly string[] | undefined,
  ): Subscription {
    const subscription = this.subscription(patch.name);
    const updated = applyMask(subscription.resource, patch, paths, UPDATABLE_SUBSCRIPTION_FIELDS);
    const resource = parseSubscription(updated);
    this.#checkDeadLetterTopic(resource);
    this.commit({ kind: 'subscription', resource });
    return subscription;
  }

  deleteSubscription(name: string | undefined): void {
    this.commit({ kind: 'subscription-deleted', name: this.subscription(name).name });
  }

  /** From now on the subscription gets nothing; what it had is lost. */
  detach(name: string | undefined): void {
    const { resource, name: subscription } = this.subscription(name);
    this.commit({ kind: 'subscription', resource: { ...resource, detached: true } });
    this.commit({ kind: 'reset', subscription, messages: [] });
  }

  /**
   * Acknowledges messages. With exactly-once delivery, ids that are no longer valid are an error
   * that names each, as Google's clients expect it:
   * https://cloud.google.com/pubsub/docs/exactly-once-delivery
   */
  acknowledge(name: string | undefined, ackIds: readonly string[]): void {
    const subscription = this.subscription(name);
    const messageIds: string[] = [];
    const failed = apply(ackIds, (ackId) => {
      const messageId = subscription.backlog.acknowledge(ackId);
      if (messageId !== undefined) messageIds.push(messageId);
      return messageId !== undefined;
    });
    this.#record({ kind: 'acknowledged', subscription: subscription.name, messageIds });
    this.#onChange(subscription);
    this.#checkExactlyOnce(subscription, failed);
  }

  /** Sets the deadline of leased messages from now, in seconds; 0 gives them back. */
  modifyAckDeadline(name: string | undefined, ackIds: readonly string[], seconds: number): void {
    const subscription = this.subscription(name);
    if (seconds < 0 || 600 < seconds) {
      throw invalid(`ack_deadline_seconds=${seconds} not in [0, 600]`);
    }
    const nowMs = this.#now();
    const failed = apply(ackIds, (ackId) =>
      subscription.backlog.modifyDeadline(ackId, seconds * 1000, nowMs),
    );
    this.#onChange(subscription);
    this.#checkExactlyOnce(subscription, failed);
  }

  /** What the endpoint answered that messages were pushed to. */
  answered(
    subscription: Subscription,
    deliveries: readonly Delivery[],
    isAcknowledged: boolean,
  ): void {
    const { backlog, name } = subscription;
    if (isAcknowledged) {
      for (const { ackId } of deliveries) backlog.acknowledge(ackId);
      const messageIds = deliveries.map(({ message }) => message.messageId);
      this.#record({ kind: 'acknowledged', subscription: name, messageIds });
    } else {
      const nowMs = this.#now();
      for (const { ackId } of deliveries) backlog.modifyDeadline(ackId, 0, nowMs);
    }
    this.#onChange(subscription);
  }

  #checkExactlyOnce({ backlog }: Subscription, failed: readonly string[]): void {
    if (!backlog.policy.isExactlyOnce || failed.length === 0) return;
    throw new StatusError(
      'INVALID_ARGUMENT',
      'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
      Object.fromEntries(failed.map((ackId) => [ackId, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
    );
  }

  #checkRoom(topic: Topic): void {
    for (const { name, backlog } of topic.subscriptions) {
      if (MAX_BACKLOG_BYTES < backlog.sizeBytes || MAX_BACKLOG_MESSAGES < backlog.size) {
        throw new StatusError(
          'RESOURCE_EXHAUSTED',
          `${name} holds ${backlog.size} unacknowledged messages of ${backlog.sizeBytes} bytes, the most this emulator keeps`,
        );
      }
    }
  }

  #checkDeadLetterTopic(resource: SubscriptionResource): void {
    const name = resource.deadLetterPolicy?.deadLetterTopic;
    if (name !== undefined && !this.state.topics.has(name)) throw notFound(name);
  }

  #toMessage(draft: DraftMessage): Message {
    const publishedAtMs = this.#now();
    return {
      messageId: this.state.nextMessageId(),
      data: draft.data ?? new Uint8Array(),
      attributes: draft.attributes ?? {},
      orderingKey: draft.orderingKey ?? '',
      publishTime: toTimestamp(publishedAtMs),
      publishedAtMs,
      sizeBytes: sizeBytes(draft),
    };
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
  #deadLetter(subscription: Subscription, message: Message, attempts: number): boolean {
    const topic = subscription.resource.deadLetterPolicy?.deadLetterTopic ?? '';
    if (!this.state.topics.has(topic)) return false;
    const { project, id } = splitName('subscriptions', subscription.name);
    const letter = this.#toMessage({
      data: message.data,
      orderingKey: message.orderingKey,
      attributes: {
        ...message.attributes,
        CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
        CloudPubSubDeadLetterSourceSubscription: id,
        CloudPubSubDeadLetterSourceSubscriptionProject: project,
        CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedAtMs).toISOString(),
      },
    });
    this.commit({ kind: 'published', topic, messages: [letter] });
    const messageIds = [message.messageId];
    this.#record({ kind: 'acknowledged', subscription: subscription.name, messageIds });
    return true;
  }
}

/** The ids for which it was false. Throws INVALID_ARGUMENT, before any effect, on a malformed one. */
function apply(ackIds: readonly string[], effect: (ackId: string) => boolean): string[] {
  if (ackIds.length === 0) throw invalid('No ack ids specified.');
  const malformed = ackIds.find((ackId) => !ACK_ID.test(ackId));
  if (malformed !== undefined) {
    throw invalid(`You have passed an invalid ack ID to the service (ack_id=${malformed}).`);
  }
  return ackIds.filter((ackId) => !effect(ackId));
}
