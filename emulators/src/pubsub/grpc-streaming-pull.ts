import * as grpc from '@grpc/grpc-js';
import type { Broker } from './broker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { invalid, StatusError } from './errors.ts';
import { askedFor, type PubSubFaults } from './faults.ts';
import { checkRoom } from './limits.ts';
import { toStatus } from './status-details.ts';
import { PullStream, type StreamingPullRequest } from './stream.ts';

/** What the gRPC handlers work on. */
export interface GrpcContext {
  readonly broker: Broker;
  readonly dispatcher: Dispatcher;
  readonly faults: PubSubFaults;
  readonly now: () => number;
  /** Breaks the connection of a peer, `ADDRESS:PORT`. */
  readonly cut: (peer: string) => void;
}

type StreamingCall = grpc.ServerDuplexStream<StreamingPullRequest, object>;

/** The StreamingPull RPC: opens with the first request; later ones carry acknowledgements. */
export function streamingPull(
  context: GrpcContext,
): grpc.handleBidiStreamingCall<StreamingPullRequest, object> {
  return (call) => {
    let stream: PullStream | undefined;
    const leave = () => {
      if (stream !== undefined) context.dispatcher.leave(stream.subscription, stream);
    };
    const fail = (error: unknown) => {
      leave();
      call.emit('error', toStatus(error));
    };
    call.on('data', (request: StreamingPullRequest) => {
      try {
        if (stream === undefined) stream = open(context, call, request, fail);
        else checkLater(request);
        answer(context, call, stream, request);
      } catch (error) {
        fail(error);
      }
    });
    call.on('drain', () => stream?.drained());
    call.on('cancelled', leave);
    call.on('end', () => {
      leave();
      call.end();
    });
  };
}

function open(
  context: GrpcContext,
  call: StreamingCall,
  request: StreamingPullRequest,
  fail: (error: unknown) => void,
): PullStream {
  const subscription = context.broker.subscription(request.subscription);
  checkRoom(context.broker.limits, 'streams', context.dispatcher.consumerCount);
  const outlet = {
    send: (response: object) => send(context, call, response, fail),
    end: fail,
  };
  const stream = new PullStream(context.dispatcher, subscription, request, outlet, context.now);
  // Headers go out at once, so that the client knows that the stream is open.
  call.sendMetadata(new grpc.Metadata());
  context.dispatcher.join(subscription, stream);
  return stream;
}

function checkLater(request: StreamingPullRequest): void {
  if (request.subscription || request.maxOutstandingMessages || request.maxOutstandingBytes) {
    throw invalid('Subscription and flow control may only be set in the first request of a stream');
  }
}

function answer(
  { broker }: GrpcContext,
  call: StreamingCall,
  stream: PullStream,
  request: StreamingPullRequest,
): void {
  const { name, backlog } = stream.subscription;
  const { ackIds = [], modifyDeadlineAckIds = [], modifyDeadlineSeconds = [] } = request;
  if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
    throw invalid('modify_deadline_seconds and modify_deadline_ack_ids differ in length');
  }
  if (request.streamAckDeadlineSeconds) stream.setAckDeadline(request.streamAckDeadlineSeconds);
  const acknowledged = confirmation(ackIds, (ackId) => broker.acknowledge(name, [ackId]));
  const seconds = new Map(
    modifyDeadlineAckIds.map((ackId, index) => [ackId, modifyDeadlineSeconds[index] ?? 0]),
  );
  const modified = confirmation(modifyDeadlineAckIds, (ackId) =>
    broker.modifyAckDeadline(name, [ackId], seconds.get(ackId) ?? 0),
  );
  if (backlog.policy.isExactlyOnce && (acknowledged !== undefined || modified !== undefined)) {
    call.write({ acknowledgeConfirmation: acknowledged, modifyAckDeadlineConfirmation: modified });
  }
}

/** Which ids had their effect, and which are no longer valid. Undefined if there are no ids. */
function confirmation(ackIds: readonly string[], apply: (ackId: string) => void) {
  if (ackIds.length === 0) return undefined;
  const done = { ackIds: [] as string[], invalidAckIds: [] as string[] };
  for (const ackId of ackIds) {
    try {
      apply(ackId);
      done.ackIds.push(ackId);
    } catch (error) {
      if (!(error instanceof StatusError) || error.errorInfo === undefined) throw error;
      done.invalidAckIds.push(ackId);
    }
  }
  return done;
}

function send(
  { faults, cut }: GrpcContext,
  call: StreamingCall,
  response: object,
  fail: (error: unknown) => void,
): boolean {
  const fault = faults.draw('StreamingPull');
  switch (fault?.kind) {
    case 'latency':
      setTimeout(() => call.write(response), fault.latencyMs);
      return true;
    case 'status':
      fail(askedFor(fault));
      return false;
    case 'cut-before':
      cut(call.getPeer());
      return false;
    case 'cut-after':
      setImmediate(() => cut(call.getPeer()));
      return call.write(response);
    case 'duplicate':
      call.write(response);
      return call.write(response);
    default:
      return call.write(response);
  }
}
