import { invalid } from './errors.ts';

/** google.protobuf.Timestamp and google.protobuf.Duration have this shape. */
export interface Seconds {
  readonly seconds?: number;
  readonly nanos?: number;
}

/** google.pubsub.v1.PubsubMessage as a publisher sends it. */
export interface DraftMessage {
  readonly data?: Uint8Array;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

/** A published message, in the shape of google.pubsub.v1.PubsubMessage and so encoded as it is. */
export interface Message {
  readonly messageId: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey: string;
  readonly publishTime: Seconds;
  readonly publishedAtMs: number;
  readonly sizeBytes: number;
}

// https://cloud.google.com/pubsub/quotas#resource_limits
const MAX_REQUEST_BYTES = 10_000_000;
const MAX_MESSAGES = 1000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

/** Google's limits on one publish request. Throws INVALID_ARGUMENT that says which was passed. */
export function checkPublish(messages: readonly DraftMessage[]): void {
  if (messages.length === 0) throw invalid('The request has no messages');
  if (MAX_MESSAGES < messages.length) {
    throw invalid(`The request has ${messages.length} messages, the most is ${MAX_MESSAGES}`);
  }
  let totalBytes = 0;
  for (const message of messages) {
    checkDraft(message);
    totalBytes += sizeBytes(message);
  }
  if (MAX_REQUEST_BYTES < totalBytes) {
    throw invalid(`The request has ${totalBytes} bytes, the most is ${MAX_REQUEST_BYTES}`);
  }
}

/** Data, attributes and ordering key together, in bytes. */
export function sizeBytes(message: DraftMessage): number {
  let total = message.data?.length ?? 0;
  if (message.orderingKey) total += Buffer.byteLength(message.orderingKey);
  for (const key in message.attributes) {
    total += Buffer.byteLength(key) + Buffer.byteLength(message.attributes[key] ?? '');
  }
  return total;
}

/** The timestamp of a moment in epoch milliseconds. */
export function toTimestamp(ms: number): Seconds {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** Milliseconds of a Timestamp (since the epoch) or of a Duration. */
export function toMs(value: Seconds): number {
  return (value.seconds ?? 0) * 1000 + (value.nanos ?? 0) / 1e6;
}

function checkDraft({ data, attributes = {}, orderingKey = '' }: DraftMessage): void {
  const names = Object.keys(attributes);
  if ((data === undefined || data.length === 0) && names.length === 0) {
    throw invalid('Each message must have data or at least one attribute');
  }
  if (MAX_ATTRIBUTES < names.length) {
    throw invalid(`A message has ${names.length} attributes, the most is ${MAX_ATTRIBUTES}`);
  }
  for (const name of names) {
    if (name === '' || MAX_KEY_BYTES < Buffer.byteLength(name)) {
      throw invalid(`Attribute key "${name.slice(0, 40)}" not in [1, ${MAX_KEY_BYTES}] bytes`);
    }
    // https://cloud.google.com/pubsub/docs/publisher#using-attributes
    if (name.startsWith('goog')) throw invalid(`Attribute key "${name}" must not start with goog`);
    const valueBytes = Buffer.byteLength(attributes[name] ?? '');
    if (MAX_VALUE_BYTES < valueBytes) {
      throw invalid(
        `Attribute "${name}" has a value of ${valueBytes} bytes, the most is ${MAX_VALUE_BYTES}`,
      );
    }
  }
  if (MAX_ORDERING_KEY_BYTES < Buffer.byteLength(orderingKey)) {
    throw invalid(`An ordering key has more than ${MAX_ORDERING_KEY_BYTES} bytes`);
  }
}
