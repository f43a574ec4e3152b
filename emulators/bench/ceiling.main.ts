/**
 * As if there were no server: answers every pull with the same prepared bytes as fast as they are
 * taken, and every acknowledgement with nothing. What a client reaches here it reaches nowhere else.
 * Prints its host, runs for ever. The responses are those of the emulator at its fullest.
 */
import * as grpc from '@grpc/grpc-js';
import { widen } from '../src/pubsub/grpc-server.ts';
import { encodePulled } from '../src/pubsub/pulled.ts';
import { loadRpcs } from '../src/pubsub/wire.ts';

const [payloadBytes, responseMessages, ackIdLength] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
];
const response = encodePulled({
  receivedMessages: Array.from({ length: responseMessages }, (_, index) => ({
    ackId: `1-${100_000 + index}-1`,
    deliveryAttempt: 0,
    message: {
      messageId: String(100_000 + index),
      data: Buffer.alloc(payloadBytes, 'x'),
      attributes: {},
      orderingKey: '',
      publishTime: { seconds: 1_790_000_000, nanos: 123_000_000 },
      publishedAtMs: 1_790_000_000_123,
      sizeBytes: payloadBytes,
    },
  })),
  subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: false },
  ackIdLength,
});

const asItIs = (bytes: Buffer) => bytes;
const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
for (const { name, path, isStream } of loadRpcs()) {
  const method = {
    path,
    requestStream: isStream,
    responseStream: isStream,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  };
  server.addService({ [name]: method }, { [name]: isStream ? fill : empty });
}
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  widen(server);
  console.log(`127.0.0.1:${port}`);
});

function empty(_: unknown, callback: grpc.sendUnaryData<Buffer>): void {
  callback(null, Buffer.alloc(0));
}

function fill(call: grpc.ServerDuplexStream<Buffer, Buffer>): void {
  const more = () => {
    while (call.write(response));
  };
  call.once('data', more);
  call.on('data', () => {});
  call.on('drain', more);
  call.on('end', () => call.end());
}
