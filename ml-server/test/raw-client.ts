import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A client that sends what it likes, when it likes. */
export interface RawClient {
  send(text: string): void;
  /** All that came back until the server closed the connection. */
  closed(): Promise<string>;
  /** Resolves with what came so far once it contains the text. */
  received(text: string): Promise<string>;
  vanish(): void;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket: Socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  let text = '';
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const check of waiting) check();
  };
  socket.on('data', (data) => {
    text += data.toString('utf8');
    wake();
  });
  return {
    send: (data) => socket.write(data),
    closed: () => new Promise((resolve) => socket.once('close', () => resolve(text))),
    received: (wanted) =>
      new Promise((resolve) => {
        const check = () => {
          if (text.includes(wanted)) resolve(text);
        };
        waiting.push(check);
        check();
      }),
    vanish: () => socket.destroy(),
  };
}

/** A POST as bytes, cut in two: headers with the start of the body, and the rest. */
export function halves(path: string, body: string): [string, string] {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    '',
  ].join('\r\n');
  return [head + body.slice(0, 5), body.slice(5)];
}
