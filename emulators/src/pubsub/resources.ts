import type { DeliveryPolicy } from './backlog.ts';
import { splitTable } from './bigquery-client.ts';
import type { BigQueryConfig } from './bigquery-rows.ts';
import { failedPrecondition, invalid, StatusError } from './errors.ts';
import { parseFilter } from './filter.ts';
import { type Seconds, toMs } from './message.ts';
import { checkName } from './names.ts';

/** google.pubsub.v1.Topic, the fields that the emulator reads. The others are kept as they came. */
export interface TopicResource {
  name?: string;
  labels?: Record<string, string>;
  messageRetentionDuration?: Seconds | null;
  [field: string]: unknown;
}

export interface PushConfig {
  pushEndpoint?: string;
  attributes?: Record<string, string>;
  oidcToken?: { serviceAccountEmail?: string; audience?: string } | null;
  noWrapper?: { writeMetadata?: boolean } | null;
  pubsubWrapper?: object | null;
}

/** google.pubsub.v1.Subscription, the fields that the emulator reads. */
export interface SubscriptionResource {
  name?: string;
  topic?: string;
  pushConfig?: PushConfig | null;
  bigqueryConfig?: BigQueryConfig | null;
  ackDeadlineSeconds?: number;
  retainAckedMessages?: boolean;
  messageRetentionDuration?: Seconds | null;
  labels?: Record<string, string>;
  enableMessageOrdering?: boolean;
  expirationPolicy?: { ttl?: Seconds | null } | null;
  filter?: string;
  deadLetterPolicy?: { deadLetterTopic?: string; maxDeliveryAttempts?: number } | null;
  retryPolicy?: { minimumBackoff?: Seconds | null; maximumBackoff?: Seconds | null } | null;
  detached?: boolean;
  enableExactlyOnceDelivery?: boolean;
  [field: string]: unknown;
}

/** google.pubsub.v1.Snapshot */
export interface SnapshotResource {
  name?: string;
  topic?: string;
  expireTime?: Seconds | null;
  labels?: Record<string, string>;
  [field: string]: unknown;
}

export const UPDATABLE_TOPIC_FIELDS = [
  'labels',
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
  'messageRetentionDuration',
];

// Topic, filter and ordering are fixed when a subscription is created:
// https://cloud.google.com/pubsub/docs/subscription-properties
export const UPDATABLE_SUBSCRIPTION_FIELDS = [
  'pushConfig',
  'bigqueryConfig',
  'ackDeadlineSeconds',
  'retainAckedMessages',
  'messageRetentionDuration',
  'labels',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
  'enableExactlyOnceDelivery',
];

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const DEFAULT_ACK_DEADLINE_SECONDS = 10;

/** Checks a topic and fills in what Google fills in. Throws INVALID_ARGUMENT. */
export function parseTopic(resource: TopicResource): TopicResource {
  checkName('topics', resource.name);
  if (resource.messageRetentionDuration) {
    checkRange(
      'message_retention_duration',
      resource.messageRetentionDuration,
      10 * MINUTE_MS,
      31 * DAY_MS,
    );
  }
  refuseFields(resource, ['ingestionDataSourceSettings', 'messageTransforms']);
  return { ...resource, state: 'ACTIVE' };
}

/** Checks a subscription and fills in Google's defaults. Throws INVALID_ARGUMENT. */
export function parseSubscription(resource: SubscriptionResource): SubscriptionResource {
  checkName('subscriptions', resource.name);
  const ackDeadlineSeconds = resource.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_SECONDS;
  if (ackDeadlineSeconds < 10 || 600 < ackDeadlineSeconds) {
    throw invalid(
      `Invalid ack deadline given: ack_deadline_seconds=${ackDeadlineSeconds} not in [10, 600]`,
    );
  }
  const messageRetentionDuration = resource.messageRetentionDuration ?? {
    seconds: (7 * DAY_MS) / 1000,
  };
  checkRange('message_retention_duration', messageRetentionDuration, 10 * MINUTE_MS, 31 * DAY_MS);
  const expirationPolicy = resource.expirationPolicy ?? { ttl: { seconds: (31 * DAY_MS) / 1000 } };
  if (expirationPolicy.ttl) {
    checkRange('expiration_policy.ttl', expirationPolicy.ttl, DAY_MS, Number.POSITIVE_INFINITY);
  }
  // An invalid filter is refused here; the state reads it again when it makes the subscription.
  parseFilter(resource.filter ?? '');
  checkPush(resource.pushConfig);
  checkBigQuery(resource);
  refuseFields(resource, ['cloudStorageConfig', 'bigtableConfig', 'messageTransforms']);
  const parsed: SubscriptionResource = {
    ...resource,
    ackDeadlineSeconds,
    messageRetentionDuration,
    expirationPolicy,
    state: 'ACTIVE',
  };
  if (resource.retryPolicy) parsed.retryPolicy = parseRetry(resource.retryPolicy);
  if (resource.deadLetterPolicy) {
    parsed.deadLetterPolicy = parseDeadLetter(resource.deadLetterPolicy);
  }
  return parsed;
}

/** What a checked subscription means for the delivery of its messages. */
export function deliveryPolicy(resource: SubscriptionResource): DeliveryPolicy {
  // Without a retry policy pull subscribers get a message again at once; push endpoints are backed
  // off from 100 ms to 60 s: https://cloud.google.com/pubsub/docs/push#push_backoff
  const isPulled = deliveryKind(resource) === 'pull';
  const fallback = isPulled ? { min: 0, max: 0 } : { min: 100, max: 60_000 };
  const { retryPolicy } = resource;
  return {
    ackDeadlineMs: (resource.ackDeadlineSeconds ?? DEFAULT_ACK_DEADLINE_SECONDS) * 1000,
    retentionMs: toMs(resource.messageRetentionDuration ?? {}),
    minBackoffMs: retryPolicy ? toMs(retryPolicy.minimumBackoff ?? {}) : fallback.min,
    maxBackoffMs: retryPolicy ? toMs(retryPolicy.maximumBackoff ?? {}) : fallback.max,
    maxDeliveryAttempts: resource.deadLetterPolicy?.maxDeliveryAttempts,
    isOrdered: resource.enableMessageOrdering === true,
    isExactlyOnce: resource.enableExactlyOnceDelivery === true,
  };
}

/** Who moves the messages: subscribers that pull, or this server. */
export function deliveryKind(resource: SubscriptionResource): 'pull' | 'push' | 'bigquery' {
  if (resource.pushConfig?.pushEndpoint) return 'push';
  return resource.bigqueryConfig?.table ? 'bigquery' : 'pull';
}

function parseRetry(policy: NonNullable<SubscriptionResource['retryPolicy']>) {
  const minimumBackoff = policy.minimumBackoff ?? { seconds: 10 };
  const maximumBackoff = policy.maximumBackoff ?? { seconds: 600 };
  checkRange('retry_policy.minimum_backoff', minimumBackoff, 0, 10 * MINUTE_MS);
  checkRange('retry_policy.maximum_backoff', maximumBackoff, 0, 10 * MINUTE_MS);
  if (toMs(maximumBackoff) < toMs(minimumBackoff)) {
    throw invalid('retry_policy: maximum_backoff is less than minimum_backoff');
  }
  return { minimumBackoff, maximumBackoff };
}

function parseDeadLetter(policy: NonNullable<SubscriptionResource['deadLetterPolicy']>) {
  checkName('topics', policy.deadLetterTopic);
  const maxDeliveryAttempts = policy.maxDeliveryAttempts || 5;
  if (maxDeliveryAttempts < 5 || 100 < maxDeliveryAttempts) {
    throw invalid(
      `dead_letter_policy.max_delivery_attempts=${maxDeliveryAttempts} not in [5, 100]`,
    );
  }
  return { deadLetterTopic: policy.deadLetterTopic as string, maxDeliveryAttempts };
}

function checkPush(config: PushConfig | null | undefined): void {
  const endpoint = config?.pushEndpoint;
  if (!endpoint) return;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid(
      `Invalid push endpoint given (endpoint=${endpoint}): wanted an http or https URL`,
    );
  }
}

function checkBigQuery({ bigqueryConfig, pushConfig }: SubscriptionResource): void {
  if (!bigqueryConfig) return;
  const { table = '', useTopicSchema, useTableSchema } = bigqueryConfig;
  if (pushConfig?.pushEndpoint) throw invalid('push_config and bigquery_config exclude each other');
  if (splitTable(table).length === 0) {
    throw invalid(`bigquery_config.table "${table}" is not PROJECT.DATASET.TABLE`);
  }
  if (useTopicSchema && useTableSchema) {
    throw invalid('use_topic_schema and use_table_schema exclude each other');
  }
}

/** What Google has and this emulator does not is refused by name, never ignored. */
function refuseFields(
  resource: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): void {
  for (const field of fields) {
    const value = resource[field];
    if (value && !(Array.isArray(value) && value.length === 0)) {
      throw new StatusError('UNIMPLEMENTED', `${field} is not implemented by this emulator`);
    }
  }
}

function checkRange(field: string, value: Seconds, leastMs: number, mostMs: number): void {
  const ms = toMs(value);
  if (ms < leastMs || mostMs < ms) {
    throw invalid(`${field}=${ms / 1000}s not in [${leastMs / 1000}s, ${mostMs / 1000}s]`);
  }
}

/** Pull requests are for subscriptions that neither push nor are detached. */
export function checkPullable(resource: SubscriptionResource): void {
  if (resource.detached) throw detached();
  if (deliveryKind(resource) !== 'pull') throw notPullable();
}

export function notPullable(): StatusError {
  return failedPrecondition('This method is not supported for this subscription type.');
}

/** https://cloud.google.com/pubsub/docs/detach-subscriptions */
export function detached(): StatusError {
  return failedPrecondition('The subscription is detached from its topic.');
}
