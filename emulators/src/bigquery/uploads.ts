import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BigQueryError } from './errors.ts';
import { parseJson } from './http.ts';
import { type Job, showJob } from './jobs.ts';
import type { JobRequest, StartTransfer } from './transfer-jobs.ts';

export interface Reply {
  readonly status: number;
  readonly body: object | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface UploadRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Session {
  readonly project: string;
  readonly request: JobRequest;
  readonly parts: Buffer[];
  size: number;
}

const PATH = /^(?:\/resumable)?\/upload(?:\/bigquery\/v2)?\/projects\/([^/]+)\/jobs$/;
/** More sessions than this are forgotten, oldest first. */
const MOST_SESSIONS = 100;
/** A load from a local file is kept in memory. */
export const MOST_UPLOAD_BYTES = 256 * 1024 * 1024;

/** Load jobs whose file comes with the request: multipart, or resumable in one or many pieces. */
export interface Uploads {
  /** Undefined where the path is no upload. */
  handle(request: UploadRequest): Promise<Reply> | undefined;
}

export function receiveUploads(start: StartTransfer): Uploads {
  const sessions = new Map<string, Session>();

  function open(
    project: string,
    request: JobRequest,
    url: URL,
    headers: IncomingHttpHeaders,
  ): Reply {
    const id = randomUUID();
    sessions.set(id, { project, request, parts: [], size: 0 });
    const [oldest] = sessions.keys();
    if (MOST_SESSIONS < sessions.size && oldest !== undefined) sessions.delete(oldest);
    const location = `http://${headers.host}${url.pathname}?uploadType=resumable&upload_id=${id}`;
    return { status: 200, body: null, headers: { location } };
  }

  async function resume(id: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Reply> {
    const session = sessions.get(id);
    if (session === undefined) throw new BigQueryError('notFound', `Not found: upload ${id}`);
    const range = /^bytes (\d+|\*)(?:-\d+)?\/(\d+|\*)$/.exec(
      String(headers['content-range'] ?? ''),
    );
    if (range === null || range[1] !== '*') {
      if (MOST_UPLOAD_BYTES < session.size + body.length)
        throw new BigQueryError(
          'payloadTooLarge',
          `Upload exceeds the limit: ${MOST_UPLOAD_BYTES} bytes.`,
        );
      session.parts.push(body);
      session.size += body.length;
    }
    const isComplete = range === null || (range[2] !== '*' && session.size === Number(range[2]));
    if (!isComplete)
      return {
        status: 308,
        body: null,
        headers: session.size === 0 ? {} : { range: `bytes=0-${session.size - 1}` },
      };
    sessions.delete(id);
    return finish(start(session.project, session.request, Buffer.concat(session.parts)));
  }

  return {
    handle: ({ method, url, headers, body }) => {
      const match = PATH.exec(url.pathname);
      if (match === null) return undefined;
      const id = url.searchParams.get('upload_id');
      if (id !== null) return resume(id, headers, body);
      if (method !== 'POST') return undefined;
      const project = match[1] ?? '';
      if (url.searchParams.get('uploadType') === 'resumable')
        return Promise.resolve(open(project, parseJson(body) as JobRequest, url, headers));
      const { metadata, media } = splitMultipart(body, String(headers['content-type'] ?? ''));
      return finish(start(project, parseJson(metadata) as JobRequest, media));
    },
  };
}

async function finish(job: Job): Promise<Reply> {
  await job.done;
  return { status: 200, body: showJob(job) };
}

/** The JSON part and the file of a multipart/related body. */
function splitMultipart(body: Buffer, contentType: string): { metadata: Buffer; media: Buffer } {
  const boundary = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/.exec(contentType);
  if (boundary === null) throw new BigQueryError('invalid', 'The upload has no multipart boundary');
  const mark = `--${boundary[1] ?? boundary[2] ?? boundary[3]}`;
  const parts: Buffer[] = [];
  let at = body.indexOf(mark);
  while (at !== -1) {
    const next = body.indexOf(mark, at + mark.length);
    if (next === -1) break;
    const part = body.subarray(at + mark.length, next);
    const crlf = part.indexOf('\r\n\r\n');
    const start = crlf === -1 ? part.indexOf('\n\n') + 2 : crlf + 4;
    const end = part.length - (part.at(-2) === 0x0d ? 2 : 1);
    parts.push(part.subarray(start, end));
    at = next;
  }
  const [metadata, media] = parts;
  if (metadata === undefined || media === undefined)
    throw new BigQueryError('invalid', 'A multipart upload has two parts');
  return { metadata, media };
}
