import type { Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { ConnectionCut } from '../faults.ts';
import type { Call } from './call.ts';
import { type GrpcContext, streamingPull } from './grpc-streaming-pull.ts';
import { toStatus } from './status-details.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, type Rpc } from './wire.ts';

// Above Google's 10 MB a request, so that its own error says what is too large.
const MAX_REQUEST_BYTES = 20 * 1024 * 1024;

/** A gRPC server of the given RPCs that listens nowhere: sockets are handed to it. */
export function createGrpcServer(
  rpcs: readonly Rpc[],
  run: Call,
  context: GrpcContext,
): { server: grpc.Server; accept: (socket: Socket) => void } {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
  });
  for (const rpc of rpcs) {
    const handler = rpc.isStream ? streamingPull(context) : unary(rpc, run, context.cut);
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

function unary(
  rpc: Rpc,
  run: Call,
  cut: (peer: string) => void,
): grpc.handleUnaryCall<object, object> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    run(rpc, call.request, abort.signal).then(
      (response) => callback(null, response),
      (error) => {
        if (error instanceof ConnectionCut) cut(call.getPeer());
        else callback(toStatus(error));
      },
    );
  };
}
