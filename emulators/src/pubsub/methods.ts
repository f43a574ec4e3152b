import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { DraftMessage, Seconds } from './message.ts';
import { inProject, nameOf, type Paging, page, resourceOf } from './paging.ts';
import { pull } from './pull.ts';
import type { Replay } from './replay.ts';
import type {
  PushConfig,
  SnapshotResource,
  SubscriptionResource,
  TopicResource,
} from './resources.ts';
import type { Subscription } from './state.ts';

/** A unary RPC: a plain request in, a plain response out. Throws `StatusError`. */
export type Method = (request: never, signal: AbortSignal) => object | Promise<object>;

interface Mask {
  readonly updateMask?: { readonly paths?: readonly string[] };
}

/** The Publisher and Subscriber services by RPC name. Only translates; `Broker` decides. */
export function pubSubMethods(
  broker: Broker,
  replay: Replay,
  dispatcher: Dispatcher,
  now: () => number,
): Record<string, Method> {
  /** A subscription as Google shows it: with the retention time of its topic. */
  const shown = ({ resource }: Subscription) => {
    const topic = broker.state.topics.get(resource.topic ?? '');
    const retention = topic?.resource.messageRetentionDuration;
    return { ...resource, ...(retention && { topicMessageRetentionDuration: retention }) };
  };
  return {
    CreateTopic: (topic: TopicResource) => broker.createTopic(topic).resource,
    GetTopic: ({ topic }: { topic?: string }) => broker.topic(topic).resource,
    UpdateTopic: ({ topic = {}, updateMask }: { topic?: TopicResource } & Mask) =>
      broker.updateTopic(topic, updateMask?.paths).resource,
    DeleteTopic({ topic }: { topic?: string }) {
      broker.deleteTopic(topic);
      return {};
    },
    ListTopics(request: { project?: string } & Paging) {
      const found = inProject(broker.state.topics.values(), request.project);
      const { items, nextPageToken } = page(found, nameOf, request);
      return { topics: items.map(resourceOf), nextPageToken };
    },
    ListTopicSubscriptions(request: { topic?: string } & Paging) {
      const { subscriptions } = broker.topic(request.topic);
      const { items, nextPageToken } = page(subscriptions, nameOf, request);
      return { subscriptions: items.map(nameOf), nextPageToken };
    },
    Publish: ({ topic, messages }: { topic?: string; messages?: DraftMessage[] }) => ({
      messageIds: broker.publish(topic, messages ?? []),
    }),

    CreateSubscription: (subscription: SubscriptionResource) =>
      shown(broker.createSubscription(subscription)),
    GetSubscription: ({ subscription }: { subscription?: string }) =>
      shown(broker.subscription(subscription)),
    UpdateSubscription({
      subscription = {},
      updateMask,
    }: { subscription?: SubscriptionResource } & Mask) {
      return shown(broker.updateSubscription(subscription, updateMask?.paths));
    },
    DeleteSubscription({ subscription }: { subscription?: string }) {
      broker.deleteSubscription(subscription);
      return {};
    },
    ListSubscriptions(request: { project?: string } & Paging) {
      const found = inProject(broker.state.subscriptions.values(), request.project);
      const { items, nextPageToken } = page(found, nameOf, request);
      return { subscriptions: items.map(shown), nextPageToken };
    },
    ModifyPushConfig(request: { subscription?: string; pushConfig?: PushConfig }) {
      const { subscription: name = '', pushConfig = {} } = request;
      broker.updateSubscription({ name, pushConfig }, ['push_config']);
      return {};
    },
    async Pull(
      request: { subscription?: string; maxMessages?: number; returnImmediately?: boolean },
      signal: AbortSignal,
    ) {
      const subscription = broker.subscription(request.subscription);
      return {
        receivedMessages: await pull(dispatcher, subscription, request, now, signal, broker.limits),
      };
    },
    Acknowledge({ subscription, ackIds }: { subscription?: string; ackIds?: string[] }) {
      broker.acknowledge(subscription, ackIds ?? []);
      return {};
    },
    ModifyAckDeadline(request: {
      subscription?: string;
      ackIds?: string[];
      ackDeadlineSeconds?: number;
    }) {
      const { subscription, ackIds = [], ackDeadlineSeconds = 0 } = request;
      broker.modifyAckDeadline(subscription, ackIds, ackDeadlineSeconds);
      return {};
    },
    DetachSubscription({ subscription }: { subscription?: string }) {
      broker.detach(subscription);
      return {};
    },
    Seek(request: { subscription?: string; time?: Seconds; snapshot?: string }) {
      const { subscription, time, snapshot } = request;
      if (time) replay.seekToTime(subscription, time);
      else replay.seekToSnapshot(subscription, snapshot);
      return {};
    },

    CreateSnapshot(request: {
      name?: string;
      subscription?: string;
      labels?: Record<string, string>;
    }) {
      const { name, subscription, labels } = request;
      return replay.createSnapshot(name, subscription, labels).resource;
    },
    GetSnapshot: ({ snapshot }: { snapshot?: string }) => replay.snapshot(snapshot).resource,
    UpdateSnapshot: ({ snapshot = {}, updateMask }: { snapshot?: SnapshotResource } & Mask) =>
      replay.updateSnapshot(snapshot, updateMask?.paths).resource,
    DeleteSnapshot({ snapshot }: { snapshot?: string }) {
      replay.deleteSnapshot(snapshot);
      return {};
    },
    ListSnapshots(request: { project?: string } & Paging) {
      const found = inProject(replay.snapshots(), request.project);
      const { items, nextPageToken } = page(found, nameOf, request);
      return { snapshots: items.map(resourceOf), nextPageToken };
    },
    ListTopicSnapshots(request: { topic?: string } & Paging) {
      const { name } = broker.topic(request.topic);
      const found = replay.snapshots().filter(({ resource }) => resource.topic === name);
      const { items, nextPageToken } = page(found, nameOf, request);
      return { snapshots: items.map(nameOf), nextPageToken };
    },
  };
}
