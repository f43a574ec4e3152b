import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchServer } from './servers.ts';

/** What clients got that ask as fast as they are answered, and wait as long as a refusal asks for. */
export interface Answered {
  /** Answers with 200. */
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly refusedCount: number;
}

/** Connections that are opened at once: the server's backlog holds 511. */
const OPENED_AT_ONCE = 200;

/** Keeps so many clients busy for a while, each on a connection of its own. */
export async function askBy(
  clients: number,
  { url }: BenchServer,
  body: () => string,
  seconds: number,
): Promise<Answered> {
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  for (let i = 0; i < clients; i += OPENED_AT_ONCE) {
    const count = Math.min(OPENED_AT_ONCE, clients - i);
    sockets.push(...(await Promise.all(Array.from({ length: count }, () => open(port)))));
  }
  const tookMs: number[] = [];
  let refusedCount = 0;
  let isOver = false;
  const startMs = performance.now();
  const all = sockets.map(async (socket) => {
    while (!isOver && !socket.destroyed) {
      const askedMs = performance.now();
      const head = await ask(socket, body());
      if (head.startsWith('HTTP/1.1 200')) tookMs.push(performance.now() - askedMs);
      else if (!isOver) {
        refusedCount++;
        const [, wait = '1'] = /retry-after: (\d+)/i.exec(head) ?? [];
        // Clients that come back all at once would only be refused at once.
        await sleep(1000 * Number(wait) * (0.5 + Math.random()));
      }
    }
  });
  await sleep(1000 * seconds);
  isOver = true;
  const lasted = (performance.now() - startMs) / 1000;
  const count = tookMs.length;
  for (const socket of sockets) socket.destroy();
  await Promise.all(all);
  tookMs.sort((a, b) => a - b);
  return {
    perSecond: count / lasted,
    p99Ms: tookMs[Math.floor(0.99 * count)] ?? Number.NaN,
    refusedCount,
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.off('error', reject).on('error', () => {});
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Sends one request and gives the head of its answer; an empty text when the connection is gone. */
function ask(socket: Socket, body: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const end = (head: string) => {
      socket.off('data', take).off('close', gone);
      resolve(head);
    };
    const gone = () => end('');
    const take = (data: Buffer) => {
      text += data.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd);
      const [, length = '0'] = /content-length: (\d+)/i.exec(head) ?? [];
      if (headEnd + 4 + Number(length) <= text.length) end(head);
    };
    socket.on('data', take).once('close', gone);
    socket.write(
      `POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
