import type { Broker } from './broker.ts';
import { alreadyExists, failedPrecondition, invalid, notFound } from './errors.ts';
import { applyMask } from './field-mask.ts';
import { checkRoom } from './limits.ts';
import { type Message, type Seconds, toMs, toTimestamp } from './message.ts';
import { checkName } from './names.ts';
import type { SnapshotResource } from './resources.ts';
import type { Snapshot, Subscription } from './state.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Snapshots and seeks: https://cloud.google.com/pubsub/docs/replay-overview */
export class Replay {
  readonly #broker: Broker;
  readonly #now: () => number;

  constructor(broker: Broker, now: () => number) {
    this.#broker = broker;
    this.#now = now;
  }

  /**
   * Everything published before the time counts as acknowledged, everything after it does not, as
   * far back as the topic or the subscription retains messages.
   */
  seekToTime(name: string | undefined, time: Seconds): void {
    const subscription = this.#broker.subscription(name);
    const timeMs = toMs(time);
    const messages = this.#remembered(subscription);
    this.#reset(
      subscription,
      messages.filter((message) => timeMs <= message.publishedAtMs),
    );
  }

  /** What was unacknowledged when the snapshot was made, and all published since, comes again. */
  seekToSnapshot(name: string | undefined, snapshotName: string | undefined): void {
    const subscription = this.#broker.subscription(name);
    const { resource, messages } = this.snapshot(snapshotName);
    if (resource.topic !== subscription.resource.topic) {
      throw failedPrecondition('The snapshot and the subscription have different topics.');
    }
    this.#reset(subscription, messages);
  }

  /**
   * Expires a week after the oldest message in it was published; FAILED_PRECONDITION if that is
   * less than an hour away.
   */
  createSnapshot(
    name: string | undefined,
    subscriptionName: string | undefined,
    labels: Record<string, string> = {},
  ): Snapshot {
    const checked = checkName('snapshots', name);
    const subscription = this.#broker.subscription(subscriptionName);
    this.#dropExpired();
    if (this.#broker.state.snapshots.has(checked)) throw alreadyExists(checked);
    checkRoom(this.#broker.limits, 'snapshots', this.#broker.state.snapshots.size);
    const messages = subscription.backlog.messages();
    const nowMs = this.#now();
    const expiresAtMs = (messages[0]?.publishedAtMs ?? nowMs) + WEEK_MS;
    if (expiresAtMs < nowMs + HOUR_MS) {
      throw failedPrecondition(
        'The snapshot would expire within the hour: its backlog is too old.',
      );
    }
    const resource: SnapshotResource = {
      name: checked,
      topic: subscription.resource.topic as string,
      labels,
      expireTime: toTimestamp(expiresAtMs),
    };
    this.#broker.commit({ kind: 'snapshot', resource, messages });
    return this.snapshot(checked);
  }

  snapshot(name: string | undefined): Snapshot {
    this.#dropExpired();
    const snapshot = this.#broker.state.snapshots.get(checkName('snapshots', name));
    if (snapshot === undefined) throw notFound(name as string);
    return snapshot;
  }

  snapshots(): Snapshot[] {
    this.#dropExpired();
    return Array.from(this.#broker.state.snapshots.values());
  }

  updateSnapshot(patch: SnapshotResource, paths: readonly string[] | undefined): Snapshot {
    const snapshot = this.snapshot(patch.name);
    const resource = applyMask(snapshot.resource, patch, paths, ['labels', 'expireTime']);
    const oldestMs = snapshot.messages[0]?.publishedAtMs ?? this.#now();
    if (oldestMs + WEEK_MS < toMs(resource.expireTime ?? {})) {
      throw invalid('expire_time is more than 7 days after the oldest message of the snapshot');
    }
    this.#broker.commit({ kind: 'snapshot', resource });
    return snapshot;
  }

  deleteSnapshot(name: string | undefined): void {
    this.#broker.commit({ kind: 'snapshot-deleted', name: this.snapshot(name).name });
  }

  #dropExpired(): void {
    for (const { name, resource } of this.#broker.state.snapshots.values()) {
      if (toMs(resource.expireTime ?? {}) <= this.#now()) {
        this.#broker.commit({ kind: 'snapshot-deleted', name });
      }
    }
  }

  #reset({ name, matches }: Subscription, messages: readonly Message[]): void {
    const wanted = messages.filter((message) => matches(message.attributes));
    this.#broker.commit({ kind: 'reset', subscription: name, messages: wanted });
  }

  /** All messages that a seek may bring back, in the order of their publishing. */
  #remembered({ resource, backlog, retained }: Subscription): Message[] {
    const nowMs = this.#now();
    retained.trim(nowMs - backlog.policy.retentionMs);
    const topic = this.#broker.state.topics.get(resource.topic ?? '');
    const topicRetention = topic?.resource.messageRetentionDuration;
    if (topicRetention) topic?.retained.trim(nowMs - toMs(topicRetention));
    const messages = [
      ...backlog.messages(),
      ...(resource.retainAckedMessages ? retained.list() : []),
      ...(topic && topicRetention ? topic.retained.list() : []),
    ];
    const byId = new Map(messages.map((message) => [message.messageId, message]));
    return Array.from(byId.values()).sort((a, b) => Number(a.messageId) - Number(b.messageId));
  }
}
