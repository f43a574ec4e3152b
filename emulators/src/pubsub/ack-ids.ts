/** What an ack id stands for: one delivery of one message of one subscription. */
export interface AckId {
  /** Tells the ids of one backlog from those of others. */
  readonly tag: string;
  readonly messageId: string;
  /** 1 for the first delivery. */
  readonly delivery: number;
}

const FORM = /^[0-9a-z]+-\d+-\d+(-|$)/;

/** Whether a backlog may have given this id. */
export function isAckId(text: string): boolean {
  return FORM.test(text);
}

export function ackIdOf({ tag, messageId, delivery }: AckId): string {
  return `${tag}-${messageId}-${delivery}`;
}

/** Without what fills it up. */
export function shortAckId(ackId: string): string {
  const end = ackId.indexOf('-', ackId.indexOf('-', ackId.indexOf('-') + 1) + 1);
  return end < 0 ? ackId : ackId.slice(0, end);
}

/** The reverse of `ackIdOf`. Of another text than an ack id: something that no delivery has. */
export function parseAckId(ackId: string): AckId {
  const tagEnd = ackId.indexOf('-');
  const messageEnd = ackId.indexOf('-', tagEnd + 1);
  const end = ackId.indexOf('-', messageEnd + 1);
  return {
    tag: ackId.slice(0, tagEnd),
    messageId: ackId.slice(tagEnd + 1, messageEnd),
    delivery: Number(ackId.slice(messageEnd + 1, end < 0 ? undefined : end)),
  };
}

// MAX_BATCH_BYTES and maxMessages of @google-cloud/pubsub, build/src/message-queues.js
const BATCH_BYTES = 510 * 1024;
const BATCH_IDS = 3000;
const MAX_BYTES = 1050;

/**
 * How long the ack ids of a stream are, in characters, so that its client is not kept waiting.
 *
 * Google's Node client stops reading at `maxMessages` unanswered ones, and sends its acknowledgements
 * when they fill 510 KiB, are 3,000, or are 100 ms old. With short ids only the third ever happens,
 * and the client idles for most of each 100 ms. Ids that fill a batch just before `maxMessages` are
 * out let it go on at once. Their content is the server's own affair, Google's have 180 to 220
 * characters. 0: as short as they come, because `maxMessages` is more than a batch takes, or so few
 * that ids would outweigh messages.
 */
export function ackIdLength(maxMessages: number): number {
  const length = Math.ceil(BATCH_BYTES / (maxMessages - 1));
  return BATCH_IDS <= maxMessages || maxMessages <= 1 || MAX_BYTES < length ? 0 : length;
}
