import { isAckId } from './ack-ids.ts';
import type { Delivery } from './backlog.ts';
import { alreadyExists, invalid, notFound, StatusError } from './errors.ts';
import type { StateEvent } from './events.ts';
import { applyMask } from './field-mask.ts';
import { checkRoom, type Limits } from './limits.ts';
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

const NO_DATA = new Uint8Array();
const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze({});
export interface BrokerOptions {
  readonly now: () => number;
  /** A subscription may have something to deliver, was changed, or is gone. */
  readonly onChange: (subscription: Subscription) => void;
  /** Hears every event, in order, to keep it. */
  readonly record: (event: StateEvent) => void;
  readonly schemas: Schemas;
  /** Whether BigQuery subscriptions have somewhere to write. */
  readonly hasBigQuery: boolean;
  readonly limits: Limits;
}

/** Checks what callers ask for, and makes it an event that changes the state. */
export class Broker {
  readonly state: State;
  readonly #now: () => number;
  readonly #onChange: (subscription: Subscription) => void;
  readonly #record: (event: StateEvent) => void;
  readonly #schemas: Schemas;
  readonly limits: Limits;
  readonly #hasBigQuery: boolean;

  constructor({ now, onChange, record, schemas, hasBigQuery, limits }: BrokerOptions) {
    this.limits = limits;
    this.#now = now;
    this.#onChange = onChange;
    this.#record = record;
    this.#schemas = schemas;
    this.#hasBigQuery = hasBigQuery;
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
    checkRoom(this.limits, 'topics', this.state.topics.size);
    this.#schemas.checkSettings(resource);
    this.commit({ kind: 'topic', resource });
    return this.topic(name);
  }

  updateTopic(patch: TopicResource, paths: readonly string[] | undefined): Topic {
    const topic = this.topic(patch.name);
    const resource = parseTopic(applyMask(topic.resource, patch, paths, UPDATABLE_TOPIC_FIELDS));
    this.#schemas.checkSettings(resource);
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
    const messages = this.#toMessages(valid);
    this.commit({ kind: 'published', topic: topic.name, messages });
    return messages.map((message) => message.messageId);
  }

  createSubscription(draft: SubscriptionResource): Subscription {
    const resource = parseSubscription({ ...draft, detached: false });
    const name = resource.name as string;
    this.topic(resource.topic);
    if (this.state.subscriptions.has(name)) throw alreadyExists(name);
    checkRoom(this.limits, 'subscriptions', this.state.subscriptions.size);
    this.#checkSubscription(resource);
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
    this.#checkSubscription(resource);
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
    this.#recordAcknowledged(subscription, messageIds);
    subscription.usedAtMs = this.#now();
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
    subscription.usedAtMs = nowMs;
    const failed = apply(ackIds, (ackId) =>
      subscription.backlog.modifyDeadline(ackId, seconds * 1000, nowMs),
    );
    this.#onChange(subscription);
    this.#checkExactlyOnce(subscription, failed);
  }

  /** Acknowledges the deliveries that a push endpoint or BigQuery accepted; gives back the others. */
  answered(
    subscription: Subscription,
    deliveries: readonly Delivery[],
    accepted: readonly boolean[],
  ): void {
    const { backlog } = subscription;
    const nowMs = this.#now();
    const messageIds: string[] = [];
    deliveries.forEach(({ ackId, message }, index) => {
      if (!accepted[index]) backlog.modifyDeadline(ackId, 0, nowMs);
      else if (backlog.acknowledge(ackId) !== undefined) messageIds.push(message.messageId);
    });
    this.#recordAcknowledged(subscription, messageIds);
    if (accepted.includes(true)) subscription.usedAtMs = nowMs;
    this.#onChange(subscription);
  }

  #recordAcknowledged({ name }: Subscription, messageIds: readonly string[]): void {
    if (messageIds.length === 0) return;
    this.#record({ kind: 'acknowledged', subscription: name, messageIds });
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
    for (const { backlog } of topic.subscriptions) {
      checkRoom(this.limits, 'messages', backlog.size);
    }
    for (const { resource, messages } of this.state.snapshots.values()) {
      if (resource.topic === topic.name) checkRoom(this.limits, 'messages', messages.length);
    }
    let backlogBytes = 0;
    for (const { backlog } of this.state.subscriptions.values()) backlogBytes += backlog.sizeBytes;
    checkRoom(this.limits, 'backlogBytes', backlogBytes);
  }

  #checkSubscription({ deadLetterPolicy, bigqueryConfig }: SubscriptionResource): void {
    const deadLetterTopic = deadLetterPolicy?.deadLetterTopic;
    if (deadLetterTopic !== undefined && !this.state.topics.has(deadLetterTopic)) {
      throw notFound(deadLetterTopic);
    }
    if (bigqueryConfig && !this.#hasBigQuery) {
      throw new StatusError(
        'UNIMPLEMENTED',
        'bigquery_config: this emulator was started without a BigQuery to write to',
      );
    }
  }

  /** Messages of one request share what is the same for all: a backlog may hold millions. */
  #toMessages(drafts: readonly DraftMessage[]): Message[] {
    const publishedAtMs = this.#now();
    const publishTime = toTimestamp(publishedAtMs);
    return drafts.map((draft) => ({
      messageId: this.state.nextMessageId(),
      data: draft.data ?? NO_DATA,
      attributes: (hasAttributes(draft) && draft.attributes) || NO_ATTRIBUTES,
      orderingKey: draft.orderingKey ?? '',
      publishTime,
      publishedAtMs,
      sizeBytes: sizeBytes(draft),
    }));
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
  #deadLetter(subscription: Subscription, message: Message, attempts: number): boolean {
    const topic = subscription.resource.deadLetterPolicy?.deadLetterTopic ?? '';
    if (!this.state.topics.has(topic)) return false;
    const { project, id } = splitName('subscriptions', subscription.name);
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedAtMs).toISOString(),
    };
    const { data, orderingKey } = message;
    const messages = this.#toMessages([{ data, orderingKey, attributes }]);
    this.commit({ kind: 'published', topic, messages });
    this.#recordAcknowledged(subscription, [message.messageId]);
    return true;
  }
}

/** The ids for which it was false. Throws INVALID_ARGUMENT, before any effect, on a malformed one. */
function apply(ackIds: readonly string[], effect: (ackId: string) => boolean): string[] {
  if (ackIds.length === 0) throw invalid('No ack ids specified.');
  const malformed = ackIds.find((ackId) => !isAckId(ackId));
  if (malformed !== undefined) {
    throw invalid(`You have passed an invalid ack ID to the service (ack_id=${malformed}).`);
  }
  return ackIds.filter((ackId) => !effect(ackId));
}

function hasAttributes({ attributes }: DraftMessage): boolean {
  for (const _ in attributes) return true;
  return false;
}
