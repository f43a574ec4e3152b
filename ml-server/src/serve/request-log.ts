import type { FastifyInstance } from 'fastify';
import { pathOf } from './problem.ts';

/** A line of the log in the form that Cloud Logging reads: one JSON object. */
export interface LogEntry {
  readonly severity: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
  readonly [field: string]: unknown;
}
export type Log = (entry: LogEntry) => void;

const TRACE = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-/;
const CLOUD_TRACE = /^([0-9a-f]{32})(?:\/|$)/;

/**
 * One line for each request, probes that went well aside: what was asked, the outcome and the time it took.
 * Nothing that a client sent is in it but the path and the trace, so no payload can leak.
 */
export function logRequests(app: FastifyInstance, projectId: string, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    if (!(request.routeOptions.config.isProbe && status < 400)) {
      const path = request.routeOptions.url ?? pathOf(request.url);
      log({
        // What a client got wrong is its own affair; 503 is a deliberate answer, to load or at the end; only
        // bugs are errors.
        severity: status < 500 ? 'INFO' : status === 503 ? 'WARNING' : 'ERROR',
        message: `${request.method} ${path} ${status}`,
        httpRequest: {
          requestMethod: request.method,
          requestUrl: path,
          status,
          latency: `${(reply.elapsedTime / 1000).toFixed(6)}s`,
        },
        request_id: request.id,
        ...traceOf(request.headers, projectId),
      });
    }
    done();
  });
}

/** Cloud Logging's trace fields from W3C `traceparent` or Google's older header. */
export function traceOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  projectId: string,
): Record<string, string> {
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

/** Writes lines in groups: a write for each request would cost more than the request. */
export function logTo(write: (text: string) => void, now: () => number): Log {
  let pending = '';
  const flush = () => {
    const text = pending;
    pending = '';
    write(text);
  };
  return (entry) => {
    if (pending === '') setImmediate(flush);
    pending += `${JSON.stringify({ time: new Date(now()).toISOString(), ...entry })}\n`;
  };
}
