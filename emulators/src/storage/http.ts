import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, invalid, StorageError } from './errors.ts';

/** Metadata is small: Google allows 8 KiB of it per object. */
const MAX_JSON_BYTES = 1 << 20;

/** A request, matched to a method of the API. */
export interface Call {
  /** Decoded parts of the path, e.g. `bucket` and `object`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `http://127.0.0.1:PORT`, as the caller reached us. */
  readonly baseUrl: string;
  /** The body as it comes in. */
  readonly stream: IncomingMessage;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Buffer;
}

/** A yes or no in the query. Google takes any case: gcloud writes `True`. */
export function isTrue(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true';
}

/** The whole body; throws 413 when it is longer than `maxBytes`. */
export async function readBody(stream: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (maxBytes < sizeBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as a JSON object; an empty body is `{}`. */
export async function readJson(call: Call): Promise<Record<string, unknown>> {
  return parseJsonObject(await readBody(call.stream, MAX_JSON_BYTES));
}

export function parseJsonObject(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new StorageError(400, 'parseError', 'Parse Error: the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('The body is not a JSON object');
  }
  return value as Record<string, unknown>;
}

export function tooLarge(maxBytes: number): StorageError {
  return new StorageError(413, 'uploadTooLarge', `Request is larger than ${maxBytes} bytes`);
}

export function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, headers = {} } = reply;
  if (reply.json !== undefined) {
    sendBytes(response, status, Buffer.from(JSON.stringify(reply.json)), {
      'content-type': 'application/json; charset=UTF-8',
      ...headers,
    });
  } else {
    sendBytes(response, status, reply.bytes ?? Buffer.alloc(0), headers);
  }
}

/** Errors of a download are plain text at Google, and the client shows them as they are. */
export function sendError(
  response: ServerResponse,
  error: StorageError,
  isDownload: boolean,
): void {
  if (error.status === 304) send(response, { status: 304 });
  else if (isDownload && error.status !== 501) {
    const headers = { 'content-type': 'text/plain; charset=UTF-8' };
    send(response, { status: error.status, headers, bytes: Buffer.from(error.message) });
  } else send(response, { status: error.status, json: errorBody(error) });
}

function sendBytes(
  response: ServerResponse,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  // A body left unread would be taken for the next request on this connection.
  const close = response.req.complete ? {} : { connection: 'close' };
  const length = status === 204 || status === 304 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { ...headers, ...length, ...close });
  response.end(bytes);
}
