import type { FastifyInstance } from 'fastify';
import { BadRequestError } from './filters.ts';
import { formatCursor, type LiveEvent, type LiveFeed, parseCursor } from './live-feed.ts';

export interface StreamOptions {
  readonly feed: LiveFeed;
  readonly heartbeatMs: number;
  readonly maxListeners: number;
}

/** Bytes that may wait for one slow reader before it is cut off; its browser then resumes by id. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** `GET /api/stream`: Server-Sent Events `tick`, `trouble`, `reset`; resumes by Last-Event-ID or `?since=ID`. */
export function streamRoute(app: FastifyInstance, options: StreamOptions): void {
  const { feed, heartbeatMs, maxListeners } = options;
  const leavers = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const leave of [...leavers]) leave();
  });

  app.get<{ Querystring: { since?: string | string[] } }>('/api/stream', (request, reply) => {
    if (feed.listenerCount >= maxListeners) {
      throw new TooManyListenersError(`${maxListeners} pages listen already`);
    }
    const id = request.headers['last-event-id'] ?? request.query.since;
    if (Array.isArray(id)) throw new BadRequestError('Last-Event-ID must be given once');
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Else a stream that ended is an idle connection, which a server that stops would wait for.
      connection: 'close',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    response.write('retry: 1000\n\n');
    const beat = setInterval(() => send(': beat\n\n'), heartbeatMs);
    const part = feed.join((event) => send(formatEvent(event)), parseCursor(id));
    leavers.add(leave);
    request.raw.on('close', leave);

    function send(text: string): void {
      if (response.writableLength > MAX_WAITING_BYTES) leave();
      else response.write(text);
    }
    function leave(): void {
      if (!leavers.delete(leave)) return;
      clearInterval(beat);
      part();
      response.end();
    }
  });
}

/** Becomes a 503. */
export class TooManyListenersError extends Error {
  override readonly name = 'TooManyListenersError';
}

/** One event on the wire. JSON has no line breaks, so one `data:` line is enough. */
function formatEvent(event: LiveEvent): string {
  const id = event.type === 'trouble' ? '' : `id: ${formatCursor(event.cursor)}\n`;
  const { type, ...data } = event;
  return `${id}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
