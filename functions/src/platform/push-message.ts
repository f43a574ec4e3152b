/** A Pub/Sub message as a push subscription delivers it. */
export interface PushMessage {
  readonly messageId: string;
  /** When Pub/Sub took the message; undefined where the push does not say. */
  readonly publishedAtMs?: number;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Reads the body of a Pub/Sub push request in its wrapped form; undefined if it is none.
 *
 * Source: https://cloud.google.com/pubsub/docs/push#receive_push
 */
export function parsePushMessage(body: unknown): PushMessage | undefined {
  if (!isRecord(body) || !isRecord(body.message)) return undefined;
  const { data = '', messageId, message_id: alternateId, attributes = {} } = body.message;
  const publishedAtMs = Date.parse(String(body.message.publishTime ?? body.message.publish_time));
  const id = messageId ?? alternateId;
  if (typeof id !== 'string' || typeof data !== 'string' || !isRecord(attributes)) return undefined;
  return {
    messageId: id,
    ...(Number.isFinite(publishedAtMs) && { publishedAtMs }),
    data: Buffer.from(data, 'base64'),
    attributes: attributes as Record<string, string>,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
