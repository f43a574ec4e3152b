import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { ConnectionCut } from '../faults.ts';
import type { Call } from './call.ts';
import { type GrpcContext, streamingPull } from './grpc-streaming-pull.ts';
import { toStatus } from './status-details.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, type Rpc } from './wire.ts';

// Above Google's 10 MB a request, so that its own error says what is too large.
const MAX_REQUEST_BYTES = 20 * 1024 * 1024;

const WINDOW_BYTES = 4 * 1024 * 1024;

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
  widen(server);
  return { server, accept: (socket) => injector.injectConnection(socket) };
}

/**
 * Lets clients send a whole request in one go: with HTTP/2's window of 64 KB each further 64 KB
 * waits until both processes had their turn. grpc-js has no option for it on servers, only inside.
 */
export function widen(server: grpc.Server): void {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  for (const http2Server of http2Servers?.keys() ?? []) {
    http2Server.on('session', (session) => {
      session.settings({ initialWindowSize: WINDOW_BYTES });
      session.setLocalWindowSize(WINDOW_BYTES);
    });
  }
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
