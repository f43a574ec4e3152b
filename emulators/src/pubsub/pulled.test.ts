import { expect, test } from 'vitest';
import { ackIdLength, isAckId, parseAckId } from './ack-ids.ts';
import type { Message } from './message.ts';
import { encodePulled } from './pulled.ts';
import { loadRpcs } from './wire.ts';

const rpc = loadRpcs().find(({ name }) => name === 'StreamingPull');

function message(draft: Partial<Message>): Message {
  return {
    messageId: '1',
    data: Buffer.from('21.5'),
    attributes: {},
    orderingKey: '',
    publishTime: { seconds: 1_790_000_000, nanos: 123_000_000 },
    publishedAtMs: 1_790_000_000_123,
    sizeBytes: 4,
    ...draft,
  };
}

/** Read by the general decoder of the protocol, as a client does. */
function decoded(bytes: Buffer) {
  const type = rpc?.responseType;
  if (type === undefined) throw new Error('there is no StreamingPull');
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true });
}

const everything = message({
  messageId: '9007199254740991',
  data: Buffer.alloc(70_000, 'ä'),
  attributes: { ort: 'Köln', leer: '', '😀': 'x'.repeat(1024) },
  orderingKey: 'Gerät-7',
  publishTime: { seconds: 2 ** 40, nanos: 0 },
  sizeBytes: 70_000 + 4 + 5 + 4 + 4 + 1024 + 8,
});

test.each([
  ['plain', message({}), 0],
  ['without data', message({ data: new Uint8Array(), attributes: { a: 'b' }, sizeBytes: 2 }), 0],
  ['with all there is', everything, 5],
])('a message %s is read as it was written', (_, sent, deliveryAttempt) => {
  const subscriptionProperties = {
    exactlyOnceDeliveryEnabled: false,
    messageOrderingEnabled: true,
  };
  const bytes = encodePulled({
    receivedMessages: [
      { ackId: '1-1-1', message: message({}), deliveryAttempt: 0 },
      { ackId: '1-2-1', message: sent, deliveryAttempt },
    ],
    subscriptionProperties,
    ackIdLength: 0,
  });
  const { messageId, data, attributes, orderingKey, publishTime } = sent;
  expect(decoded(bytes)).toMatchObject({
    receivedMessages: [
      { ackId: '1-1-1', message: { messageId: '1' }, deliveryAttempt: 0 },
      {
        ackId: '1-2-1',
        message: { messageId, data: Buffer.from(data), attributes, orderingKey, publishTime },
        deliveryAttempt,
      },
    ],
    subscriptionProperties,
  });
});

test('a long ack id stands for the same delivery as a short one', () => {
  const ackIdLength = 523;
  const receivedMessages = [{ ackId: '2z-17-3', message: message({}), deliveryAttempt: 0 }];
  const subscriptionProperties = {
    exactlyOnceDeliveryEnabled: true,
    messageOrderingEnabled: false,
  };
  const bytes = encodePulled({ receivedMessages, subscriptionProperties, ackIdLength });
  const [{ ackId }] = decoded(bytes).receivedMessages;
  expect(ackId).toHaveLength(ackIdLength);
  expect(isAckId(ackId)).toBe(true);
  expect(parseAckId(ackId)).toEqual({ tag: '2z', messageId: '17', delivery: 3 });
});

test.each(['', '-', '1', '1-2', '1-2-', '1-b-1', 'A-1-1', '1-1-1x'])(
  '"%s" is no ack id',
  (text) => {
    expect(isAckId(text)).toBe(false);
  },
);

test.each([
  [1000, 523],
  [2000, 262],
  [100, 0],
  [1, 0],
  [3000, 0],
  [100_000, 0],
])('ack ids for a client that takes %i messages have %i characters', (maxMessages, length) => {
  expect(ackIdLength(maxMessages)).toBe(length);
});
