import * as grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { StatusError } from './errors.ts';

/** How gRPC tells an error. One that is not a `StatusError` is a bug: INTERNAL, with its stack. */
export function toStatus(error: unknown): Partial<grpc.StatusObject> {
  if (!(error instanceof StatusError)) {
    const details = error instanceof Error ? String(error.stack) : String(error);
    return { code: grpc.status.INTERNAL, details };
  }
  const metadata = new grpc.Metadata();
  if (error.errorInfo !== undefined) {
    metadata.set('grpc-status-details-bin', statusDetails(error, error.errorInfo));
  }
  return { code: error.code, details: error.message, metadata };
}

/**
 * A google.rpc.Status with one google.rpc.ErrorInfo, which is where Google's clients look for the
 * outcome of each ack id.
 */
function statusDetails(
  { code, message }: StatusError,
  errorInfo: Readonly<Record<string, string>>,
): Buffer {
  const info = protobuf.Writer.create();
  info.uint32(tag(1)).string(Object.values(errorInfo)[0] ?? '');
  info.uint32(tag(2)).string('pubsub.googleapis.com');
  for (const [key, value] of Object.entries(errorInfo)) {
    info.uint32(tag(3)).fork().uint32(tag(1)).string(key).uint32(tag(2)).string(value).ldelim();
  }
  const status = protobuf.Writer.create();
  status.uint32(1 << 3).int32(code);
  status.uint32(tag(2)).string(message);
  status.uint32(tag(3)).fork();
  status.uint32(tag(1)).string('type.googleapis.com/google.rpc.ErrorInfo');
  status.uint32(tag(2)).bytes(info.finish()).ldelim();
  return Buffer.from(status.finish());
}

/** The tag of a length-delimited field. */
function tag(field: number): number {
  return (field << 3) | 2;
}
