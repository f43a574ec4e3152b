import { Backlog } from './backlog.ts';
import { alreadyExists, invalid, notFound, StatusError } from './errors.ts';
import { applyMask } from './field-mask.ts';
import { History } from './history.ts';
import {
  checkPublish,
  type DraftMessage,
  type Message,
  sizeBytes,
  toTimestamp,
} from './message.ts';
import { checkName, DELETED_TOPIC, splitName } from './names.ts';
import {
  deliveryPolicy,
  parseSubscription,
  parseTopic,
  type SubscriptionResource,
  type TopicResource,
} from './resources.ts';

export interface Topic {
  resource: TopicResource;
  readonly name: string;
  readonly subscriptions: Set<Subscription>;
  readonly history: History;
}

export interface Subscription {
  resource: SubscriptionResource;
  readonly name: string;
  readonly backlog: Backlog;
}

const UPDATABLE_TOPIC_FIELDS = [
  'labels',
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
  'messageRetentionDuration',
  'ingestionDataSourceSettings',
  'messageTransforms',
];

// Topic, filter and ordering are fixed when a subscription is created:
// https://cloud.google.com/pubsub/docs/subscription-properties
const UPDATABLE_SUBSCRIPTION_FIELDS = [
  'pushConfig',
  'bigqueryConfig',
  'cloudStorageConfig',
  'ackDeadlineSeconds',
  'retainAckedMessages',
  'messageRetentionDuration',
  'labels',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
  'enableExactlyOnceDelivery',
  'messageTransforms',
];

const ACK_ID = /^[0-9a-z]+-\d+-\d+$/;

/**
 * All topics and subscriptions, and the way of a message from one to the other. Pure bookkeeping:
 * it sends nothing; `onChange` says which subscription may have something to deliver, or was
 * changed or deleted.
 */
export class Broker {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly #now: () => number;
  readonly #onChange: (subscription: Subscription) => void;
  #lastMessageId = 0;
  #lastTag = 0;

  constructor(now: () => number, onChange: (subscription: Subscription) => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  createTopic(draft: TopicResource): Topic {
    const resource = parseTopic(draft);
    const name = resource.name as string;
    if (this.topics.has(name)) throw alreadyExists(name);
    const topic = {
      resource,
      name,
      subscriptions: new Set<Subscription>(),
      history: new History(),
    };
    this.topics.set(name, topic);
    return topic;
  }

  topic(name: string | undefined): Topic {
    const topic = this.topics.get(checkName('topics', name));
    if (topic === undefined) throw notFound(name as string);
    return topic;
  }

  updateTopic(patch: TopicResource, paths: readonly string[] | undefined): Topic {
    const topic = this.topic(patch.name);
    topic.resource = parseTopic(applyMask(topic.resource, patch, paths, UPDATABLE_TOPIC_FIELDS));
    return topic;
  }

  /** The subscriptions stay with what they have, on the topic `_deleted-topic_`. */
  deleteTopic(name: string | undefined): void {
    const topic = this.topic(name);
    this.topics.delete(topic.name);
    for (const subscription of topic.subscriptions) {
      subscription.resource = { ...subscription.resource, topic: DELETED_TOPIC };
    }
  }

  /** Ids of the published messages, in their order. All are stored or none. */
  publish(topicName: string | undefined, drafts: readonly DraftMessage[]): string[] {
    const topic = this.topic(topicName);
    checkPublish(drafts);
    const messages = drafts.map((draft) => this.#toMessage(draft));
    this.#fanOut(topic, messages);
    return messages.map((message) => message.messageId);
  }

  createSubscription(draft: SubscriptionResource): Subscription {
    const resource = parseSubscription(draft);
    const name = resource.name as string;
    const topic = this.topic(resource.topic);
    if (this.subscriptions.has(name)) throw alreadyExists(name);
    this.#checkDeadLetterTopic(resource);
    this.#lastTag += 1;
    const subscription: Subscription = {
      resource,
      name,
      backlog: new Backlog(
        this.#lastTag.toString(36),
        deliveryPolicy(resource),
        (message, attempts) => this.#deadLetter(subscription, message, attempts),
      ),
    };
    this.subscriptions.set(name, subscription);
    topic.subscriptions.add(subscription);
    this.#onChange(subscription);
    return subscription;
  }

  subscription(name: string | undefined): Subscription {
    const subscription = this.subscriptions.get(checkName('subscriptions', name));
    if (subscription === undefined) throw notFound(name as string);
    return subscription;
  }

  updateSubscription(
    patch: SubscriptionResource,
    paths: readonly string[] | undefined,
  ): Subscription {
    const subscription = this.subscription(patch.name);
    const updated = applyMask(subscription.resource, patch, paths, UPDATABLE_SUBSCRIPTION_FIELDS);
    const resource = parseSubscription(updated);
    this.#checkDeadLetterTopic(resource);
    subscription.resource = resource;
    subscription.backlog.policy = deliveryPolicy(resource);
    this.#onChange(subscription);
    return subscription;
  }

  deleteSubscription(name: string | undefined): void {
    const subscription = this.subscription(name);
    this.subscriptions.delete(subscription.name);
    this.topics.get(subscription.resource.topic ?? '')?.subscriptions.delete(subscription);
    subscription.backlog.keepOnly(() => false);
    this.#onChange(subscription);
  }

  /**
   * Acknowledges messages. With exactly-once delivery, ids that are no longer valid are an error
   * that names each, as Google's clients expect it:
   * https://cloud.google.com/pubsub/docs/exactly-once-delivery
   */
  acknowledge(name: string | undefined, ackIds: readonly string[]): void {
    const subscription = this.subscription(name);
    this.#answer(subscription, ackIds, (ackId) => subscription.backlog.acknowledge(ackId));
  }

  /** Sets the deadline of leased messages from now, in seconds; 0 gives them back. */
  modifyAckDeadline(name: string | undefined, ackIds: readonly string[], seconds: number): void {
    const subscription = this.subscription(name);
    if (seconds < 0 || 600 < seconds) {
      throw invalid(`ack_deadline_seconds=${seconds} not in [0, 600]`);
    }
    const nowMs = this.#now();
    this.#answer(subscription, ackIds, (ackId) =>
      subscription.backlog.modifyDeadline(ackId, seconds * 1000, nowMs),
    );
  }

  #answer(
    subscription: Subscription,
    ackIds: readonly string[],
    apply: (ackId: string) => boolean,
  ): void {
    if (ackIds.length === 0) throw invalid('No ack ids specified.');
    const malformed = ackIds.find((ackId) => !ACK_ID.test(ackId));
    if (malformed !== undefined) {
      throw invalid(`You have passed an invalid ack ID to the service (ack_id=${malformed}).`);
    }
    const failed = ackIds.filter((ackId) => !apply(ackId));
    this.#onChange(subscription);
    if (subscription.backlog.policy.isExactlyOnce && 0 < failed.length) {
      throw new StatusError(
        'INVALID_ARGUMENT',
        'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
        Object.fromEntries(failed.map((ackId) => [ackId, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
      );
    }
  }

  #toMessage(draft: DraftMessage): Message {
    this.#lastMessageId += 1;
    const publishedAtMs = this.#now();
    return {
      messageId: String(this.#lastMessageId),
      data: draft.data ?? new Uint8Array(),
      attributes: draft.attributes ?? {},
      orderingKey: draft.orderingKey ?? '',
      publishTime: toTimestamp(publishedAtMs),
      publishedAtMs,
      sizeBytes: sizeBytes(draft),
    };
  }

  #fanOut(topic: Topic, messages: readonly Message[]): void {
    for (const message of messages) topic.history.add(message);
    for (const subscription of topic.subscriptions) {
      for (const message of messages) subscription.backlog.add(message);
      this.#onChange(subscription);
    }
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#how_dead_letter_topics_work */
  #deadLetter(subscription: Subscription, message: Message, attempts: number): boolean {
    const topic = this.topics.get(subscription.resource.deadLetterPolicy?.deadLetterTopic ?? '');
    if (topic === undefined) return false;
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
    this.#fanOut(topic, [letter]);
    return true;
  }

  #checkDeadLetterTopic(resource: SubscriptionResource): void {
    const name = resource.deadLetterPolicy?.deadLetterTopic;
    if (name !== undefined && !this.topics.has(name)) throw notFound(name);
  }
}
