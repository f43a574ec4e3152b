import type { Delivery } from './backlog.ts';
import type { Message } from './message.ts';

/** The part of google.pubsub.v1.StreamingPullResponse that brings messages. */
export interface Pulled {
  readonly receivedMessages: readonly Delivery[];
  readonly subscriptionProperties: {
    readonly exactlyOnceDeliveryEnabled: boolean;
    readonly messageOrderingEnabled: boolean;
  };
  /** Ack ids shorter than this are filled up, see `ackIdLength`. */
  readonly ackIdLength: number;
}

// Tags of fields in protocol buffers: (number << 3) | type, 0 a number, 2 something with a length.
const RECEIVED_MESSAGES = 0x0a;
const SUBSCRIPTION_PROPERTIES = 0x22;
const ACK_ID = 0x0a;
const MESSAGE = 0x12;
const DELIVERY_ATTEMPT = 0x18;
const DATA = 0x0a;
const ATTRIBUTES = 0x12;
const MESSAGE_ID = 0x1a;
const PUBLISH_TIME = 0x22;
const ORDERING_KEY = 0x2a;
const FIRST_NUMBER = 0x08;
const SECOND_NUMBER = 0x10;
const FIRST_TEXT = 0x0a;
const SECOND_TEXT = 0x12;

// More than the tags, lengths and numbers of one delivery, and of one attribute, ever take.
const DELIVERY_ROOM = 96;
const ATTRIBUTE_ROOM = 16;

/**
 * The bytes of a StreamingPullResponse: the same as a general encoder makes, in a third of the time.
 * They are what a busy emulator does most.
 *
 * Written from the end to the start, so that each length is known when it is written.
 *
 * Good until the next call: all responses are written in the same place, and gRPC copies them from
 * there at once.
 */
export function encodePulled(response: Pulled): Buffer {
  const { receivedMessages, subscriptionProperties, ackIdLength } = response;
  const writer = new BackwardWriter(roomFor(receivedMessages, ackIdLength));
  const { exactlyOnceDeliveryEnabled, messageOrderingEnabled } = subscriptionProperties;
  if (messageOrderingEnabled) writer.number(SECOND_NUMBER, 1);
  if (exactlyOnceDeliveryEnabled) writer.number(FIRST_NUMBER, 1);
  writer.enclose(SUBSCRIPTION_PROPERTIES, 0);
  for (let index = receivedMessages.length - 1; 0 <= index; index -= 1) {
    const { ackId, message, deliveryAttempt } = receivedMessages[index] as Delivery;
    const before = writer.written;
    if (deliveryAttempt !== 0) writer.number(DELIVERY_ATTEMPT, deliveryAttempt);
    writeMessage(writer, message);
    writer.ackId(ACK_ID, ackId, ackIdLength);
    writer.enclose(RECEIVED_MESSAGES, before);
  }
  return writer.finish();
}

function writeMessage(writer: BackwardWriter, message: Message): void {
  const { data, attributes, messageId, publishTime, orderingKey } = message;
  const end = writer.written;
  if (orderingKey !== '') writer.text(ORDERING_KEY, orderingKey);
  const beforeTime = writer.written;
  if (publishTime.nanos) writer.number(SECOND_NUMBER, publishTime.nanos);
  if (publishTime.seconds) writer.number(FIRST_NUMBER, publishTime.seconds);
  writer.enclose(PUBLISH_TIME, beforeTime);
  writer.text(MESSAGE_ID, messageId);
  for (const key in attributes) {
    const before = writer.written;
    writer.text(SECOND_TEXT, attributes[key] ?? '');
    writer.text(FIRST_TEXT, key);
    writer.enclose(ATTRIBUTES, before);
  }
  if (0 < data.length) writer.bytes(DATA, data);
  writer.enclose(MESSAGE, end);
}

function roomFor(deliveries: readonly Delivery[], ackIdLength: number): number {
  let room = DELIVERY_ROOM;
  for (const { ackId, message } of deliveries) {
    room += DELIVERY_ROOM + message.sizeBytes + Math.max(ackId.length, ackIdLength);
    for (const _ in message.attributes) room += ATTRIBUTE_ROOM;
  }
  return room;
}

// The largest response that is usual, see RESPONSE_BYTES.
const PLACE_BYTES = 6_000_000;
let place = Buffer.alloc(0);

function placeFor(room: number): Buffer {
  if (PLACE_BYTES < room) return Buffer.allocUnsafe(room);
  if (place.length < room) place = Buffer.allocUnsafe(room);
  return place.subarray(0, room);
}

/** Fields in protocol buffers' wire format, the last first. */
class BackwardWriter {
  readonly #buffer: Buffer;
  #start: number;

  constructor(room: number) {
    this.#buffer = placeFor(room);
    this.#start = room;
  }

  /** Bytes so far. */
  get written(): number {
    return this.#buffer.length - this.#start;
  }

  finish(): Buffer {
    return this.#buffer.subarray(this.#start);
  }

  /** 0 or more, below 2^53. */
  number(tag: number, value: number): void {
    this.#varint(value);
    this.#byte(tag);
  }

  bytes(tag: number, value: Uint8Array): void {
    this.#start -= value.length;
    this.#buffer.set(value, this.#start);
    this.number(tag, value.length);
  }

  text(tag: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#start -= length;
    this.#buffer.write(value, this.#start);
    this.number(tag, length);
  }

  /** Filled up to `minLength` as `padAckId` does, without making the long string. */
  ackId(tag: number, value: string, minLength: number): void {
    const length = Math.max(value.length, minLength);
    this.#start -= length;
    this.#buffer.write(value, this.#start, 'latin1');
    if (value.length < length) {
      const fillStart = this.#start + value.length;
      this.#buffer.fill(48, fillStart, this.#start + length);
      this.#buffer[fillStart] = 45;
    }
    this.number(tag, length);
  }

  /** Makes what was written since `before` the content of one field. */
  enclose(tag: number, before: number): void {
    this.number(tag, this.written - before);
  }

  #byte(value: number): void {
    this.#start -= 1;
    this.#buffer[this.#start] = value;
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; 128 <= rest; rest = Math.floor(rest / 128)) size += 1;
    this.#start -= size;
    let at = this.#start;
    let rest = value;
    for (; 128 <= rest; rest = Math.floor(rest / 128)) {
      this.#buffer[at] = (rest % 128) + 128;
      at += 1;
    }
    this.#buffer[at] = rest;
  }
}
