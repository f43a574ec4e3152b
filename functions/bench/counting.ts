import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { parsePushMessage } from '../src/platform/push-message.ts';
import { billedBytes } from './cost-units.ts';

/** Passes pushes on and counts them. */
export async function countPushes(target: string) {
  const counted = { requests: 0, billedBytes: 0 };
  const server = createHttpServer(async (request, response) => {
    const body = await text(request);
    const message = parsePushMessage(JSON.parse(body));
    counted.requests++;
    if (message) counted.billedBytes += billedBytes(message);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(target, { method: 'POST', headers, body }).catch(() => undefined);
    response.writeHead(answer?.status ?? 503).end();
  });
  return { url: `http://127.0.0.1:${await listen(server)}/`, counted, stop: () => server.close() };
}

/** Passes a TCP stream on and counts the bytes to its target: an upper bound of what they carry. */
export async function countBytes(targetPort: number) {
  const counted = { bytes: 0 };
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    client.on('data', ({ length }) => {
      counted.bytes += length;
    });
    client.on('error', () => target.destroy());
    target.on('error', () => client.destroy());
    client.pipe(target).pipe(client);
  });
  return { port: await listen(server), counted, stop: () => server.close() };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}
