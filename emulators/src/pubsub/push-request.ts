import type { Delivery } from './backlog.ts';
import type { PushConfig } from './resources.ts';

/** The body and headers of one push, without authorization. */
export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * What Google sends to a push endpoint: the message wrapped in JSON, or with `no_wrapper` its data
 * alone and, if asked for, its metadata and attributes as headers.
 *
 * Source: https://cloud.google.com/pubsub/docs/push#receive_push and
 * https://cloud.google.com/pubsub/docs/payload-unwrapping
 */
export function pushRequest(
  subscriptionName: string,
  { noWrapper }: PushConfig,
  delivery: Delivery,
): PushRequest {
  const { message } = delivery;
  if (!noWrapper) {
    const body = wrapped(subscriptionName, delivery);
    return { headers: { 'content-type': 'application/json' }, body };
  }
  const metadata = noWrapper.writeMetadata && {
    ...Object.fromEntries(
      Object.entries(message.attributes).filter(([name, value]) => isHeader(name, value)),
    ),
    'x-goog-pubsub-subscription-name': subscriptionName,
    'x-goog-pubsub-message-id': message.messageId,
    'x-goog-pubsub-publish-time': new Date(message.publishedAtMs).toISOString(),
    ...(message.orderingKey !== '' && { 'x-goog-pubsub-ordering-key': message.orderingKey }),
  };
  return { headers: metadata || {}, body: message.data };
}

function wrapped(subscriptionName: string, { message, deliveryAttempt }: Delivery): string {
  const { messageId, publishedAtMs, attributes, data, orderingKey } = message;
  const publishTime = new Date(publishedAtMs).toISOString();
  return JSON.stringify({
    message: {
      ...(0 < Object.keys(attributes).length && { attributes }),
      ...(0 < data.length && {
        data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
      }),
      messageId,
      message_id: messageId,
      ...(orderingKey !== '' && { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: subscriptionName,
    ...(0 < deliveryAttempt && { deliveryAttempt }),
  });
}

/** Attributes that HTTP cannot carry as a header, or that would break the request, are left out. */
function isHeader(name: string, value: string): boolean {
  const isAllowed = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  return isAllowed && !/^(host|connection|content-length|transfer-encoding)$/i.test(name);
}
