import {
  DEAD_LETTER_REASONS,
  type DeadLetterReason,
  decompress,
  type Refused,
  truncate,
} from '@plumbline/contracts';
import type { PushMessage } from '../platform/push-message.ts';

/**
 * What the table keeps of a message on the dead-letter topic.
 *
 * One that Pub/Sub gave up on is undeliverable, as the attributes say that it adds. One that a gateway sent, because
 * nobody could read what a device had sent it, has the attributes `reason`, of the closed set, and `detail`.
 *
 * Source: https://cloud.google.com/pubsub/docs/handling-failures#track_delivery_attempts
 */
export function deadLetterOf({ attributes, data }: PushMessage): Refused {
  const payload = truncate(textOf(data));
  const subscription = attributes.CloudPubSubDeadLetterSourceSubscription;
  const { reason, detail = '', source, topic } = attributes;
  if (subscription === undefined && isReason(reason)) {
    const from = [source, topic].filter(Boolean).join(' ');
    return { index: 0, reason, detail: from === '' ? detail : `${detail} (${from})`, ...payload };
  }
  const attempts = attributes.CloudPubSubDeadLetterSourceDeliveryCount ?? 'unknown';
  return {
    index: 0,
    reason: 'undeliverable',
    detail: `subscription ${subscription ?? 'unknown'}, ${attempts} delivery attempts`,
    ...payload,
  };
}

function isReason(text: string | undefined): text is DeadLetterReason {
  return text !== undefined && Object.hasOwn(DEAD_LETTER_REASONS, text);
}

function textOf(data: Buffer): string {
  try {
    return Buffer.from(decompress(data)).toString('utf8');
  } catch {
    return data.toString('utf8');
  }
}
