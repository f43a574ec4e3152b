import type { IncomingMessage } from 'node:http';
import { invalid } from './errors.ts';
import type { Hashes } from './objects.ts';
import type { UploadSession } from './upload-sessions.ts';

/** Chunks but the last are multiples of this; a rest is not kept. */
const CHUNK_BYTES = 256 * 1024;

/** What a Content-Range header says of the body. */
export type ContentRange =
  | { readonly kind: 'query'; readonly totalBytes: number | undefined }
  | {
      readonly kind: 'data';
      readonly start: number;
      /** Undefined: whatever comes, when the range has no last byte. */
      readonly lengthBytes: number | undefined;
      /** Undefined: not known yet; 'end': the end of this body. */
      readonly totalBytes: number | undefined | 'end';
    };

/** Source: https://cloud.google.com/storage/docs/performing-resumable-uploads */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) {
    return { kind: 'data', start: 0, lengthBytes: undefined, totalBytes: 'end' };
  }
  const query = /^bytes \*\/(\d{1,15}|\*)$/.exec(header);
  if (query) return { kind: 'query', totalBytes: known(query[1]) };
  // Google's client says `bytes 0--1/0` for an empty object sent in chunks.
  const data = /^bytes (\d{1,15})-(-1|\d{1,15}|\*)\/(\d{1,15}|\*)$/.exec(header);
  if (!data) throw invalid(`Invalid Content-Range: ${header.slice(0, 80)}`);
  const start = Number(data[1]);
  const end = known(data[2]);
  const total = known(data[3]);
  const lengthBytes = end === undefined ? undefined : end - start + 1;
  if (lengthBytes !== undefined && (lengthBytes < 0 || (total ?? Infinity) < start + lengthBytes)) {
    throw invalid(`Invalid Content-Range: ${header}`);
  }
  return {
    kind: 'data',
    start,
    lengthBytes,
    totalBytes: total === undefined && end === undefined ? 'end' : total,
  };
  function known(text: string | undefined): number | undefined {
    return text === undefined || text === '*' ? undefined : Number(text);
  }
}

/**
 * Takes in the body of one PUT. Resolves to true when the object is complete.
 *
 * `checkRoom` throws when the session may not hold so much.
 * What a cut connection leaves is kept down to a multiple of 256 KiB, for the client to go on from.
 */
export async function receiveChunk(
  session: UploadSession,
  range: ContentRange & { kind: 'data' },
  stream: IncomingMessage,
  checkRoom: (sizeBytes: number) => void,
): Promise<boolean> {
  const before = session.receivedBytes;
  if (before < range.start) {
    throw invalid(`Content-Range starts at ${range.start}, but only ${before} bytes are here`);
  }
  let at = range.start;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const isNew = session.receivedBytes - at;
      at += chunk.length;
      if (chunk.length <= isNew) continue;
      session.chunks.push(chunk.subarray(isNew));
      session.receivedBytes = at;
      checkRoom(at);
    }
  } catch (error) {
    truncate(session, Math.max(before, wholeChunks(session.receivedBytes)));
    throw error;
  }
  const length = at - range.start;
  if (range.lengthBytes !== undefined && range.lengthBytes !== length) {
    truncate(session, before);
    throw invalid(`Content-Range says ${range.lengthBytes} bytes, but the body has ${length}`);
  }
  if (range.totalBytes === 'end' || range.totalBytes === session.receivedBytes) return true;
  truncate(session, Math.max(before, wholeChunks(session.receivedBytes)));
  return false;
}

/** `crc32c=…,md5=…` of an X-Goog-Hash header. */
export function parseGoogHash(header: string | string[] | undefined): Hashes {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const crc32c = /(?:^|[,\s])crc32c=([A-Za-z0-9+/=]+)/.exec(text)?.[1];
  const md5 = /(?:^|[,\s])md5=([A-Za-z0-9+/=]+)/.exec(text)?.[1];
  return { ...(crc32c !== undefined && { crc32c }), ...(md5 !== undefined && { md5 }) };
}

/** What is kept of so many bytes. */
export function wholeChunks(sizeBytes: number): number {
  return sizeBytes - (sizeBytes % CHUNK_BYTES);
}

function truncate(session: UploadSession, sizeBytes: number): void {
  if (sizeBytes === session.receivedBytes) return;
  session.chunks = [Buffer.concat(session.chunks).subarray(0, sizeBytes)];
  session.receivedBytes = sizeBytes;
}
