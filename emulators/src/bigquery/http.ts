import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { BigQueryError } from './errors.ts';

/** BigQuery's own limit for a request with rows. */
export const MOST_BODY_BYTES = 10 * 1024 * 1024;

/** The body of a request, unzipped where it is zipped. Throws `payloadTooLarge` past `most` bytes. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const isZipped = request.headers['content-encoding'] === 'gzip';
  const stream = isZipped ? request.pipe(createGunzip()) : request;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (most < size)
      throw new BigQueryError(
        'payloadTooLarge',
        `Request payload size exceeds the limit: ${most} bytes.`,
      );
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

export function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new BigQueryError(
      'invalid',
      `Invalid JSON payload received: ${(cause as Error).message}`,
      { cause },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BigQueryError('invalid', 'Invalid JSON payload received: an object is wanted');
  }
  return value as Record<string, unknown>;
}

/** Writes a JSON reply and gives its size. */
export function reply(
  response: ServerResponse,
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): number {
  const text = body === null ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
  return Buffer.byteLength(text);
}
