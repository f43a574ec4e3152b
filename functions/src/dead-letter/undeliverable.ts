import { type Refused, truncate } from '@plumbline/contracts';
import type { PushMessage } from '../platform/push-message.ts';

/**
 * What the table keeps of a message that Pub/Sub gave up on, from the attributes that it adds.
 *
 * Source: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts
 */
export function undeliverable({ attributes, data }: PushMessage): Refused {
  const attempts = attributes.CloudPubSubDeadLetterSourceDeliveryCount ?? 'unknown';
  const source = attributes.CloudPubSubDeadLetterSourceSubscription ?? 'unknown';
  return {
    index: 0,
    reason: 'undeliverable',
    detail: `subscription ${source}, ${attempts} delivery attempts`,
    ...truncate(data.toString('utf8')),
  };
}
