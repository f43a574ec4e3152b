import type { Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { invalid, StatusError } from './errors.ts';
import type { Method } from './methods.ts';
import { statusDetails } from './status-details.ts';
import { PullStream, type StreamingPullRequest } from './stream.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, type Rpc } from './wire.ts';

// Above Google's 10 MB a request, so that its own error says what is too large.
const MAX_REQUEST_BYTES = 20 * 1024 * 1024;

/** A gRPC server of the given RPCs that listens nowhere: sockets are handed to it. */
export function createGrpcServer(
  rpcs: readonly Rpc[],
  methods: Readonly<Record<string, Method>>,
  broker: Broker,
  dispatcher: Dispatcher,
  now: () => number,
): { server: grpc.Server; accept: (socket: Socket) => void } {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
  });
  for (const rpc of rpcs) {
    const handler = rpc.isStream
      ? streamingPull(broker, dispatcher, now)
      : unary(rpc, methods[rpc.name]);
    server.addService(serviceOf(rpc), { [rpc.name]: handler });
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  return { server, accept: (socket) => injector.injectConnection(socket) };
}

function serviceOf(rpc: Rpc): grpc.ServiceDefinition {
  return {
    [rpc.name]: {
      path: rpc.path,
      requestStream: rpc.isStream,
      responseStream: rpc.isStream,
      requestSerialize: (request: object) => encodeRequest(rpc, request),
      requestDeserialize: (bytes: Buffer) => decodeRequest(rpc, bytes),
      responseSerialize: (response: object) => encodeResponse(rpc, response),
      responseDeserialize: (bytes: Buffer) => decodeResponse(rpc, bytes),
    },
  };
}

function unary(rpc: Rpc, method: Method | undefined): grpc.handleUnaryCall<object, object> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const run = async () => {
      if (method === undefined) throw unimplemented(rpc);
      return method(call.request as never, abort.signal);
    };
    run().then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error)),
    );
  };
}

function streamingPull(
  broker: Broker,
  dispatcher: Dispatcher,
  now: () => number,
): grpc.handleBidiStreamingCall<StreamingPullRequest, object> {
  return (call) => {
    let stream: PullStream | undefined;
    const leave = () => {
      if (stream !== undefined) dispatcher.leave(stream.subscription, stream);
    };
    call.on('data', (request: StreamingPullRequest) => {
      try {
        if (stream === undefined) stream = open(request);
        answer(stream, request);
      } catch (error) {
        leave();
        call.emit('error', toStatus(error));
      }
    });
    call.on('drain', () => stream?.drained());
    call.on('cancelled', leave);
    call.on('end', () => {
      leave();
      call.end();
    });

    function open(request: StreamingPullRequest): PullStream {
      const subscription = broker.subscription(request.subscription);
      const outlet = {
        send: (response: object) => call.write(response),
        end: (reason: StatusError) => call.emit('error', toStatus(reason)),
      };
      const opened = new PullStream(dispatcher, subscription, request, outlet, now);
      // Headers go out at once, so that the client knows that the stream is open.
      call.sendMetadata(new grpc.Metadata());
      dispatcher.join(subscription, opened);
      return opened;
    }
    function answer({ subscription }: PullStream, request: StreamingPullRequest): void {
      const { ackIds = [], modifyDeadlineAckIds = [], modifyDeadlineSeconds = [] } = request;
      if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
        throw invalid('modify_deadline_seconds and modify_deadline_ack_ids differ in length');
      }
      if (0 < ackIds.length) broker.acknowledge(subscription.name, ackIds);
      for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
        broker.modifyAckDeadline(subscription.name, [ackId], modifyDeadlineSeconds[index] ?? 0);
      }
    }
  };
}

function unimplemented({ path }: Rpc): StatusError {
  return new StatusError('UNIMPLEMENTED', `${path.slice(1)} is not implemented by this emulator`);
}

function toStatus(error: unknown): Partial<grpc.StatusObject> {
  if (!(error instanceof StatusError)) {
    return {
      code: grpc.status.INTERNAL,
      details: error instanceof Error ? String(error.stack) : String(error),
    };
  }
  const metadata = new grpc.Metadata();
  if (error.errorInfo !== undefined) {
    metadata.set('grpc-status-details-bin', statusDetails(error));
  }
  return { code: error.code, details: error.message, metadata };
}
