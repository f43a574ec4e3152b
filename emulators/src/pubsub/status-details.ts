import protobuf from 'protobufjs';
import type { StatusError } from './errors.ts';

/**
 * The trailer `grpc-status-details-bin`: a google.rpc.Status with one google.rpc.ErrorInfo, which
 * is where Google's clients look for the outcome of each ack id.
 */
export function statusDetails({ code, message, errorInfo = {} }: StatusError): Buffer {
  const info = protobuf.Writer.create();
  info.uint32(tag(1)).string('PERMANENT_FAILURE_INVALID_ACK_ID');
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
