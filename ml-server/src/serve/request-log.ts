import type { FastifyReply } from 'fastify';
import type { Ended } from './limits.ts';
import { pathOf } from './problem.ts';

/** A line of the log in the form that Cloud Logging reads: one JSON object. */
export interface LogEntry {
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
  /** Of a request: https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest */
  readonly [field: string]: unknown;
}
export type Log = (entry: LogEntry) => void;

const TRACE = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-/;
const CLOUD_TRACE = /^([0-9a-f]{32})(?:\/|$)/;

/** What Nginx writes for a client that left before its answer was out. */
const CLIENT_GONE = 499;

/** The status that went out; 499 when the client did not wait for it. */
export function statusOf(reply: FastifyReply): number {
  return reply.raw.writableEnded ? reply.statusCode : CLIENT_GONE;
}

/** What is said of one request. */
export interface RequestLine {
  /** Its fields up to the latency, as JSON: the same for all requests to a route that end alike. */
  readonly head: string;
  readonly tookMs: number;
  readonly requestId: string;
  readonly trace: Readonly<Record<string, string>> | null;
}
export type RequestLog = (line: RequestLine) => void;

/** The line's fields, without the brackets around them. */
export function requestFields({ head, tookMs, requestId, trace }: RequestLine): string {
  const traceFields = trace === null ? '' : `,${JSON.stringify(trace).slice(1, -1)}`;
  return `${head}${(tookMs / 1000).toFixed(6)}s"},"request_id":"${requestId}"${traceFields}`;
}

/**
 * One line for each request, probes that went well aside: what was asked, the outcome and the time it took.
 * Nothing that a client sent is in it but the path and the trace, so no payload can leak.
 */
export function logRequests(projectId: string, log: RequestLog): Ended {
  /** By outcome, which are closed and few. */
  const heads = new Map<string, string>();
  return ({ request, reply, route: { config, url } }, tookMs) => {
    const status = statusOf(reply);
    if (config.isProbe && status < 400) return;
    const { method, id: requestId, headers } = request;
    const head =
      url === undefined
        ? headOf(method, pathOf(request.url), status)
        : knownHead(method, url, status);
    log({ head, tookMs, requestId, trace: traceOf(headers, projectId) });
  };

  function knownHead(method: string, route: string, status: number): string {
    const outcome = `${method} ${route} ${status}`;
    let head = heads.get(outcome);
    if (head === undefined) {
      head = headOf(method, route, status);
      heads.set(outcome, head);
    }
    return head;
  }
}

function headOf(requestMethod: string, requestUrl: string, status: number): string {
  // What a client got wrong is its own affair; 503 is a deliberate answer, to load or at the end; only bugs
  // are errors.
  const severity = status < 500 ? 'INFO' : status === 503 ? 'WARNING' : 'ERROR';
  const message = `${requestMethod} ${requestUrl} ${status}`;
  const httpRequest = { requestMethod, requestUrl, status, latency: '' };
  return JSON.stringify({ severity, message, httpRequest }).slice(1, -'"}}'.length);
}

/** Cloud Logging's trace fields from W3C `traceparent` or Google's older header. Null: neither was sent. */
export function traceOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  projectId: string,
): Record<string, string> | null {
  if (headers.traceparent === undefined && headers['x-cloud-trace-context'] === undefined)
    return null;
  const [, trace, span] =
    TRACE.exec(String(headers.traceparent ?? '')) ??
    CLOUD_TRACE.exec(String(headers['x-cloud-trace-context'] ?? '')) ??
    [];
  if (trace === undefined) return null;
  return {
    'logging.googleapis.com/trace': `projects/${projectId}/traces/${trace}`,
    ...(span !== undefined && { 'logging.googleapis.com/spanId': span }),
  };
}

/** Lines wait this long for others: a write for each request would cost more than the request. */
const GATHER_MS = 10;
const MAX_GATHERED = 64;

export interface LineLog {
  readonly log: Log;
  readonly logRequest: RequestLog;
  /** Writes at once what waits. */
  flush(): void;
}

/** A log that writes lines in groups. What waits is lost when the process is killed, up to 10 ms of it. */
export function logTo(write: (text: string) => void, now: () => number): LineLog {
  /** Put into words together, by code that is then in the processor's cache. */
  let lines: (LogEntry | RequestLine)[] = [];
  let times: number[] = [];
  let timer: NodeJS.Timeout | null = null;

  return { log: note, logRequest: note, flush };

  function note(line: LogEntry | RequestLine): void {
    lines.push(line);
    times.push(now());
    if (MAX_GATHERED <= lines.length) flush();
    else timer ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    let text = '';
    let time = '';
    for (let i = 0; i < lines.length; i++) {
      if (times[i] !== times[i - 1]) time = new Date(times[i] as number).toISOString();
      text += `{"time":"${time}",${fieldsOf(lines[i] as LogEntry | RequestLine)}}\n`;
    }
    lines = [];
    times = [];
    if (text !== '') write(text);
  }
}

function fieldsOf(line: LogEntry | RequestLine): string {
  return isRequest(line) ? requestFields(line) : JSON.stringify(line).slice(1, -1);
}

function isRequest(line: LogEntry | RequestLine): line is RequestLine {
  return 'head' in line;
}
