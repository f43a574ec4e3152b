import protobuf from 'protobufjs';
import { shortAckId } from './ack-ids.ts';

/** google.pubsub.v1.AcknowledgeRequest, or ModifyAckDeadlineRequest, which has the third field. */
export interface Acknowledgements {
  readonly subscription: string;
  readonly ackIds: readonly string[];
  readonly ackDeadlineSeconds: number;
}

const SUBSCRIPTION = 1;
const ACK_DEADLINE_SECONDS = 3;
// More than a short ack id ever has.
const SHORT_BYTES = 64;

/**
 * Reads a request without making strings of the zeros that long ack ids end with: most of what a
 * busy emulator would throw away again.
 *
 * - ackIdsField: the number of `ack_ids`, 2 or 4
 *
 * Throws RangeError if the bytes end too early.
 */
export function decodeAcknowledgements(bytes: Buffer, ackIdsField: number): Acknowledgements {
  const reader = protobuf.Reader.create(bytes);
  const ackIds: string[] = [];
  let subscription = '';
  let ackDeadlineSeconds = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field === SUBSCRIPTION) subscription = reader.string();
    else if (field === ACK_DEADLINE_SECONDS) ackDeadlineSeconds = reader.int32();
    else if (field === ackIdsField) ackIds.push(readAckId(reader, bytes));
    else reader.skipType(tag & 7);
  }
  return { subscription, ackIds, ackDeadlineSeconds };
}

function readAckId(reader: protobuf.Reader, bytes: Buffer): string {
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return shortAckId(bytes.toString('utf8', start, start + Math.min(length, SHORT_BYTES)));
}
