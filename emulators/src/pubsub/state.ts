import { Backlog } from './backlog.ts';
import type { StateEvent } from './events.ts';
import { type Filter, parseFilter } from './filter.ts';
import { History } from './history.ts';
import { type Message, toMs } from './message.ts';
import { DELETED_SCHEMA, DELETED_TOPIC } from './names.ts';
import {
  deliveryPolicy,
  type SnapshotResource,
  type SubscriptionResource,
  type TopicResource,
} from './resources.ts';
import { Retained } from './retained.ts';

export interface Topic {
  resource: TopicResource;
  readonly name: string;
  readonly subscriptions: Set<Subscription>;
  readonly history: History;
  /** Kept while the topic has a retention time of its own. */
  readonly retained: Retained;
}

export interface Subscription {
  resource: SubscriptionResource;
  readonly name: string;
  readonly backlog: Backlog;
  readonly matches: Filter;
  /** When it was last pulled, acknowledged or pushed with success; its creation at first. */
  usedAtMs: number;
  /** Kept while the subscription retains acknowledged messages. */
  readonly retained: Retained;
}

export interface Snapshot {
  resource: SnapshotResource;
  readonly name: string;
  /** What was unacknowledged when it was made, and all that was published since. */
  readonly messages: Message[];
}

/** Dead-letters a message of a subscription; false if it cannot. */
export type GiveUp = (subscription: Subscription, message: Message, attempts: number) => boolean;

/**
 * Topics, subscriptions and snapshots, and what is in them. Pure bookkeeping: it changes by
 * `apply` alone, except for deliveries and acknowledgements, which are the backlogs' own.
 * `onChange` hears which subscription may have something to deliver, was changed, or is gone.
 */
export class State {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly snapshots = new Map<string, Snapshot>();
  readonly #now: () => number;
  readonly #onChange: (subscription: Subscription) => void;
  readonly #giveUp: GiveUp;
  #lastTag = 0;
  #lastMessageId = 0;

  constructor(now: () => number, onChange: (subscription: Subscription) => void, giveUp: GiveUp) {
    this.#now = now;
    this.#onChange = onChange;
    this.#giveUp = giveUp;
  }

  /** Greater than that of any message there ever was. */
  nextMessageId(): string {
    this.#lastMessageId += 1;
    return String(this.#lastMessageId);
  }

  /** Makes an event true. The event must be possible: names that it refers to exist. */
  apply(event: StateEvent): void {
    switch (event.kind) {
      case 'topic':
        this.#putTopic(event.resource);
        break;
      case 'topic-deleted':
        this.#deleteTopic(event.name);
        break;
      case 'subscription':
        this.#putSubscription(event.resource);
        break;
      case 'subscription-deleted':
        this.#deleteSubscription(event.name);
        break;
      case 'published':
        this.#publish(this.topics.get(event.topic) as Topic, event.messages);
        break;
      case 'acknowledged':
        for (const messageId of event.messageIds) {
          this.subscriptions.get(event.subscription)?.backlog.forget(messageId);
        }
        break;
      case 'reset':
        this.#reset(this.subscriptions.get(event.subscription) as Subscription, event.messages);
        break;
      case 'retained': {
        const keeper = this.topics.get(event.name) ?? this.subscriptions.get(event.name);
        for (const message of event.messages) keeper?.retained.add(message);
        this.#sawIds(event.messages);
        break;
      }
      case 'numbered':
        this.#lastMessageId = Math.max(this.#lastMessageId, event.lastMessageId);
        break;
      case 'snapshot':
        this.#putSnapshot(event.resource, event.messages);
        break;
      case 'schema-deleted':
        this.#forgetSchema(event.name);
        break;
      case 'snapshot-deleted':
        this.snapshots.delete(event.name);
        break;
    }
  }

  /** Events that make an empty state the same as this one. */
  *events(): Generator<StateEvent> {
    yield { kind: 'numbered', lastMessageId: this.#lastMessageId };
    for (const { resource, name, retained } of this.topics.values()) {
      yield { kind: 'topic', resource };
      if (0 < retained.size) yield { kind: 'retained', name, messages: retained.list() };
    }
    for (const { resource, name, retained, backlog } of this.subscriptions.values()) {
      yield { kind: 'subscription', resource };
      if (0 < retained.size) yield { kind: 'retained', name, messages: retained.list() };
      if (0 < backlog.size) {
        yield { kind: 'reset', subscription: name, messages: backlog.messages() };
      }
    }
    for (const { resource, messages } of this.snapshots.values()) {
      yield { kind: 'snapshot', resource, messages };
    }
  }

  #putTopic(resource: TopicResource): void {
    const name = resource.name as string;
    const topic = this.topics.get(name);
    if (topic !== undefined) {
      topic.resource = resource;
      if (!resource.messageRetentionDuration) topic.retained.clear();
      return;
    }
    this.topics.set(name, {
      resource,
      name,
      subscriptions: new Set(),
      history: new History(),
      retained: new Retained(),
    });
  }

  #deleteTopic(name: string): void {
    const topic = this.topics.get(name);
    this.topics.delete(name);
    for (const subscription of topic?.subscriptions ?? []) {
      subscription.resource = { ...subscription.resource, topic: DELETED_TOPIC };
    }
  }

  /** A schema that gets the name later is another one. */
  #forgetSchema(name: string): void {
    for (const topic of this.topics.values()) {
      const settings = topic.resource.schemaSettings as { schema?: string } | null | undefined;
      if (settings?.schema !== name) continue;
      topic.resource = {
        ...topic.resource,
        schemaSettings: { ...settings, schema: DELETED_SCHEMA },
      };
    }
  }

  #putSubscription(resource: SubscriptionResource): void {
    const name = resource.name as string;
    const subscription = this.subscriptions.get(name) ?? this.#newSubscription(resource);
    subscription.resource = resource;
    subscription.backlog.policy = deliveryPolicy(resource);
    if (!resource.retainAckedMessages) subscription.retained.clear();
    const topic = this.topics.get(resource.topic ?? '');
    if (resource.detached) topic?.subscriptions.delete(subscription);
    else topic?.subscriptions.add(subscription);
    this.#onChange(subscription);
  }

  #newSubscription(resource: SubscriptionResource): Subscription {
    this.#lastTag += 1;
    const subscription: Subscription = {
      resource,
      name: resource.name as string,
      usedAtMs: this.#now(),
      matches: parseFilter(resource.filter ?? ''),
      retained: new Retained(),
      backlog: new Backlog(
        this.#lastTag.toString(36),
        deliveryPolicy(resource),
        (message, attempts) => this.#giveUp(subscription, message, attempts),
      ),
    };
    this.subscriptions.set(subscription.name, subscription);
    return subscription;
  }

  #deleteSubscription(name: string): void {
    const subscription = this.subscriptions.get(name);
    if (subscription === undefined) return;
    this.subscriptions.delete(name);
    this.topics.get(subscription.resource.topic ?? '')?.subscriptions.delete(subscription);
    subscription.backlog.reset([]);
    this.#onChange(subscription);
  }

  #publish(topic: Topic, messages: readonly Message[]): void {
    const nowMs = this.#now();
    const topicRetention = topic.resource.messageRetentionDuration;
    for (const message of messages) {
      topic.history.add(message);
      if (topicRetention) topic.retained.add(message);
    }
    if (topicRetention) topic.retained.trim(nowMs - toMs(topicRetention));
    for (const snapshot of this.snapshots.values()) {
      if (snapshot.resource.topic === topic.name) snapshot.messages.push(...messages);
    }
    for (const subscription of topic.subscriptions) {
      const { backlog, matches, resource, retained } = subscription;
      for (const message of messages) {
        if (!matches(message.attributes)) continue;
        backlog.add(message);
        if (resource.retainAckedMessages) retained.add(message);
      }
      if (resource.retainAckedMessages) retained.trim(nowMs - backlog.policy.retentionMs);
      this.#onChange(subscription);
    }
    this.#sawIds(messages);
  }

  #reset(subscription: Subscription, messages: readonly Message[]): void {
    subscription.backlog.reset(messages);
    this.#sawIds(messages);
    this.#onChange(subscription);
  }

  #putSnapshot(resource: SnapshotResource, messages: readonly Message[] = []): void {
    const name = resource.name as string;
    const snapshot = this.snapshots.get(name);
    if (snapshot !== undefined) snapshot.resource = resource;
    else this.snapshots.set(name, { resource, name, messages: [...messages] });
    this.#sawIds(messages);
  }

  #sawIds(messages: readonly Message[]): void {
    for (const { messageId } of messages) {
      this.#lastMessageId = Math.max(this.#lastMessageId, Number(messageId));
    }
  }
}
