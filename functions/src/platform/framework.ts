import http from 'node:http';
import type { Log } from '@plumbline/telemetry';

export interface FrameworkLimits {
  /** Larger request bodies get 413 before they are read. */
  readonly maxBodyBytes: number;
  /** Time for work in flight after SIGTERM; Cloud Run kills after 10 s. */
  readonly drainMs: number;
  /** Address to listen on; undefined for all, as Cloud Run needs. */
  readonly host: string | undefined;
}

/**
 * Mends three habits of functions-framework 5 for the process that calls this while its function loads:
 *
 * - it exits at once on SIGTERM and breaks requests in flight: they are finished first
 *   (https://github.com/GoogleCloudPlatform/functions-framework-nodejs/issues/704)
 * - it reads bodies of up to 1 GB: larger ones than a push message can be are refused
 * - it listens on all interfaces: locally it must be 127.0.0.1
 *
 * The framework makes its server with `http.createServer` after it loaded the function, and that is where
 * the mending goes in.
 */
export function mendFramework(limits: FrameworkLimits, log: Log): void {
  const createServer = http.createServer;
  http.createServer = ((app: http.RequestListener) => {
    http.createServer = createServer;
    const server = createServer((request, response) => {
      if (isBodyAccepted(request, response, limits.maxBodyBytes)) app(request, response);
    });
    const listen = server.listen.bind(server);
    server.listen = ((port: number, ready: () => void) =>
      limits.host === undefined
        ? listen(port, ready)
        : listen(port, limits.host, ready)) as typeof listen;
    // The framework takes the signals in its own listening callback: ours must come after it.
    server.once('listening', () => setImmediate(() => drainOnSignal(server, limits.drainMs, log)));
    return server;
  }) as typeof http.createServer;
}

function isBodyAccepted(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  maxBytes: number,
): boolean {
  if (request.method !== 'POST') return true;
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) <= maxBytes) return true;
  const status = length === undefined ? 411 : 413;
  const detail = length === undefined ? 'content-length is required' : `at most ${maxBytes} bytes`;
  response.writeHead(status, { 'content-type': 'application/problem+json', connection: 'close' });
  response.end(JSON.stringify({ title: http.STATUS_CODES[status], status, detail }));
  return false;
}

function drainOnSignal(server: http.Server, drainMs: number, log: Log): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(signal);
    process.once(signal, () => {
      log('INFO', 'draining', { signal });
      const late = setTimeout(() => {
        log('WARNING', 'some requests were not answered in time', { drainMs });
        process.exit(1);
      }, drainMs);
      late.unref();
      server.close(() => process.exit(0));
      // Connections that fall idle after close() would keep the server alive until their keep-alive ends.
      setInterval(() => server.closeIdleConnections(), 50).unref();
    });
  }
}
