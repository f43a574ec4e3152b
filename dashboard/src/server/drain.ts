import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 20;

/**
 * Lets a server stop as soon as its last answer is sent, and after `maxMs` in any case. Without it a browser
 * that keeps a spare connection open would hold the server up.
 */
export function drainOnClose(app: FastifyInstance, maxMs: number): void {
  let underWay = 0;
  app.server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
  });
  app.addHook('preClose', async () => {
    const deadlineMs = performance.now() + maxMs;
    const timer = setInterval(() => {
      if (underWay > 0 && performance.now() < deadlineMs) return;
      clearInterval(timer);
      app.server.closeAllConnections();
    }, LOOK_EVERY_MS);
  });
}
