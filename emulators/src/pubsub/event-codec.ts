import type { StateEvent } from './events.ts';
import { type Message, sizeBytes, toTimestamp } from './message.ts';

/** A message as it is kept: what can be derived is not. Names are short because there are many. */
interface Kept {
  readonly id: string;
  readonly at: number;
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly key?: string;
}

/** One line of JSON. */
export function encodeEvent(event: StateEvent): string {
  if ('messages' in event && event.messages !== undefined) {
    return JSON.stringify({ ...event, messages: event.messages.map(keep) });
  }
  if (event.kind === 'policy') {
    const etag = Buffer.from(event.policy.etag ?? []).toString('base64');
    return JSON.stringify({ ...event, policy: { ...event.policy, etag } });
  }
  return JSON.stringify(event);
}

/**
 * Reads what `encodeEvent` wrote. A message that comes several times, in many subscriptions, is
 * the same object each time: `known` remembers them by id.
 */
export function decodeEvent(line: string, known: Map<string, Message>): StateEvent {
  const event = JSON.parse(line);
  if (Array.isArray(event.messages)) {
    return { ...event, messages: event.messages.map((kept: Kept) => restore(kept, known)) };
  }
  if (event.kind === 'policy') {
    const etag = Buffer.from(event.policy.etag, 'base64');
    return { ...event, policy: { ...event.policy, etag } };
  }
  return event;
}

function keep(message: Message): Kept {
  const { messageId, publishedAtMs, data, attributes, orderingKey } = message;
  return {
    id: messageId,
    at: publishedAtMs,
    ...(0 < data.length && {
      data: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
    }),
    ...(0 < Object.keys(attributes).length && { attributes }),
    ...(orderingKey !== '' && { key: orderingKey }),
  };
}

function restore(kept: Kept, known: Map<string, Message>): Message {
  const found = known.get(kept.id);
  if (found !== undefined) return found;
  const draft = {
    data: Buffer.from(kept.data ?? '', 'base64'),
    attributes: kept.attributes ?? {},
    orderingKey: kept.key ?? '',
  };
  const message: Message = {
    ...draft,
    messageId: kept.id,
    publishTime: toTimestamp(kept.at),
    publishedAtMs: kept.at,
    sizeBytes: sizeBytes(draft),
  };
  known.set(kept.id, message);
  return message;
}
