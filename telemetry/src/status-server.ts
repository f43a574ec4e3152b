import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_CONTENT_TYPE, type Registry } from './registry.ts';

export interface StatusServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Tells how a process without an API of its own is doing: `/health`, `/ready` (503 until it is) and `/metrics`, on
 * 127.0.0.1 alone, where a sidecar or a Prometheus on the same machine reads them. Port 0 takes any free one.
 */
export async function serveStatus(
  port: number,
  registry: Registry,
  isReady: () => boolean,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    const path = request.url?.split('?', 1)[0];
    if (path === '/metrics') return answer(200, METRICS_CONTENT_TYPE, registry.text());
    if (path === '/health') return answer(200, 'application/json', '{"status":"ok"}');
    if (path !== '/ready') return answer(404, 'text/plain', 'try /health, /ready or /metrics\n');
    if (isReady()) return answer(200, 'application/json', '{"status":"ready"}');
    return answer(503, 'application/json', '{"status":"not ready"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
