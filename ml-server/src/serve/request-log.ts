import type { FastifyReply } from 'fastify';
import type { Ended } from './limits.ts';
import { pathOf } from './problem.ts';

/** A line of the log in the form that Cloud Logging reads: one JSON object. */
export interface LogEntry {
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
  readonly httpRequest?: HttpRequest;
  /** Made by us: nothing in it needs escaping. */
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

/** https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#HttpRequest */
export interface HttpRequest {
  readonly requestMethod: string;
  readonly requestUrl: string;
  readonly status: number;
  readonly latency: string;
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

/**
 * One line for each request, probes that went well aside: what was asked, the outcome and the time it took.
 * Nothing that a client sent is in it but the path and the trace, so no payload can leak.
 */
export function logRequests(projectId: string, log: Log): Ended {
  return ({ request, reply, route: { config, url } }, tookMs) => {
    const status = statusOf(reply);
    if (config.isProbe && status < 400) return;
    const path = url ?? pathOf(request.url);
    log({
      // What a client got wrong is its own affair; 503 is a deliberate answer, to load or at the end; only bugs
      // are errors.
      severity: status < 500 ? 'INFO' : status === 503 ? 'WARNING' : 'ERROR',
      message: `${request.method} ${path} ${status}`,
      httpRequest: {
        requestMethod: request.method,
        requestUrl: path,
        status,
        latency: `${(tookMs / 1000).toFixed(6)}s`,
      },
      request_id: request.id,
      ...traceOf(request.headers, projectId),
    });
  };
}

/** Cloud Logging's trace fields from W3C `traceparent` or Google's older header. */
export function traceOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  projectId: string,
): Record<string, string> {
  if (headers.traceparent === undefined && headers['x-cloud-trace-context'] === undefined)
    return {};
  const [, trace, span] =
    TRACE.exec(String(headers.traceparent ?? '')) ??
    CLOUD_TRACE.exec(String(headers['x-cloud-trace-context'] ?? '')) ??
    [];
  if (trace === undefined) return {};
  return {
    'logging.googleapis.com/trace': `projects/${projectId}/traces/${trace}`,
    ...(span !== undefined && { 'logging.googleapis.com/spanId': span }),
  };
}

/** Lines wait this long for others: a write for each request would cost more than the request. */
const GATHER_MS = 10;
const MAX_GATHERED = 1_000;

export interface LineLog {
  readonly log: Log;
  /** Writes at once what waits. */
  flush(): void;
}

/** A log that writes lines in groups. What waits is lost when the process is killed, up to 10 ms of it. */
export function logTo(write: (text: string) => void, now: () => number): LineLog {
  /** Put into words together, by code that is then in the processor's cache. */
  let entries: LogEntry[] = [];
  let times: number[] = [];
  let timer: NodeJS.Timeout | null = null;

  return { log, flush };

  function log(entry: LogEntry): void {
    entries.push(entry);
    times.push(now());
    if (MAX_GATHERED <= entries.length) flush();
    else timer ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    let text = '';
    let time = '';
    for (let i = 0; i < entries.length; i++) {
      if (times[i] !== times[i - 1]) time = new Date(times[i] as number).toISOString();
      text += `{"time":"${time}",${fieldsOf(entries[i] as LogEntry)}\n`;
    }
    entries = [];
    times = [];
    if (text !== '') write(text);
  }
}

/** The same as JSON.stringify would give, in a third of the time for the line of a request. */
function fieldsOf({ severity, message, httpRequest, request_id, ...more }: LogEntry): string {
  const request = httpRequest === undefined ? '' : `,"httpRequest":${requestText(httpRequest)}`;
  const id = request_id === undefined ? '' : `,"request_id":"${request_id}"`;
  const rest = JSON.stringify(more);
  const start = `"severity":"${severity}","message":${JSON.stringify(message)}${request}${id}`;
  return rest === '{}' ? `${start}}` : `${start},${rest.slice(1)}`;
}

function requestText({ requestMethod, requestUrl, status, latency }: HttpRequest): string {
  return `{"requestMethod":"${requestMethod}","requestUrl":${JSON.stringify(requestUrl)},"status":${status},"latency":"${latency}"}`;
}
