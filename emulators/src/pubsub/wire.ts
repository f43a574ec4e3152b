import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { decodeAcknowledgements } from './acknowledgements.ts';
import { encodePulled, type Pulled } from './pulled.ts';

export interface HttpRule {
  readonly get?: string;
  readonly put?: string;
  readonly post?: string;
  readonly patch?: string;
  readonly delete?: string;
  readonly body?: string;
  readonly additional_bindings?: HttpRule | readonly HttpRule[];
}

/** One RPC of Google's services, with the shapes of its request and reply. */
export interface Rpc {
  readonly name: string;
  /** e.g. `/google.pubsub.v1.Publisher/Publish` */
  readonly path: string;
  readonly isStream: boolean;
  readonly http: HttpRule | undefined;
  readonly requestType: protobuf.Type;
  readonly responseType: protobuf.Type;
}

const SERVICES = [
  'google.pubsub.v1.Publisher',
  'google.pubsub.v1.Subscriber',
  'google.pubsub.v1.SchemaService',
  'google.iam.v1.IAMPolicy',
];

// Busy calls skip the conversion to plain objects: it would double the cost of a publish.
const BUSY = new Set(['Publish', 'Acknowledge', 'ModifyAckDeadline', 'Pull', 'StreamingPull']);

/** Google's protocol: descriptors derived from those in Google's clients, see vendor/NOTICE. */
export function loadRpcs(): Rpc[] {
  const file = new URL('vendor/google-pubsub-v1.json', import.meta.url);
  const root = protobuf.Root.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
  return SERVICES.flatMap((serviceName) => {
    const service = root.lookupService(serviceName);
    return service.methodsArray.map((method) => ({
      name: method.name,
      path: `/${serviceName}/${method.name}`,
      isStream: method.requestStream === true,
      http: method.options?.http as HttpRule | undefined,
      requestType: service.lookupType(method.requestType),
      responseType: service.lookupType(method.responseType),
    }));
  });
}

/** The request as a plain object: camelCase fields, enums by name, absent fields left out. */
export function decodeRequest(rpc: Rpc, bytes: Buffer): object {
  if (rpc.name === 'Acknowledge') return decodeAcknowledgements(bytes, 2);
  if (rpc.name === 'ModifyAckDeadline') return decodeAcknowledgements(bytes, 4);
  const message = rpc.requestType.decode(bytes);
  if (BUSY.has(rpc.name) && !rpc.isStream) return message;
  return rpc.requestType.toObject(message, { longs: Number, enums: String });
}

export function encodeResponse(rpc: Rpc, response: object): Buffer {
  if ('receivedMessages' in response && rpc.isStream) return encodePulled(response as Pulled);
  const { responseType } = rpc;
  const message = BUSY.has(rpc.name) ? response : responseType.fromObject(response);
  return responseType.encode(message as protobuf.Message).finish() as Buffer;
}

export function encodeRequest(rpc: Rpc, request: object): Buffer {
  return rpc.requestType.encode(rpc.requestType.fromObject(request)).finish() as Buffer;
}

export function decodeResponse(rpc: Rpc, bytes: Buffer): object {
  return rpc.responseType.decode(bytes);
}
