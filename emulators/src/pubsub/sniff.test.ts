import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

/** Sends bytes one piece after the other, and resolves with what comes back until the end. */
function speak(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((done) => setTimeout(done, 20));
      }
      setTimeout(() => socket.destroy(), 100);
    });
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

test.each([
  ['noise', [Buffer.from([0, 1, 2, 3, 255, 254])]],
  ['half a preface', ['PR']],
  ['a preface and noise', [PREFACE, Buffer.alloc(100, 7)]],
  ['a preface that turns into something else', ['PRI * HTTP/1.0\r\n\r\n']],
  ['half a request', ['GET /v1/projects/p/topics HTTP/1.1\r\n']],
  [
    'a request whose body is cut',
    [
      'POST /v1/projects/p/topics/t:publish HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{',
    ],
  ],
  [
    'a path that is not encoded',
    ['GET /v1/projects/p/topics/%zz HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ],
])('after %s the emulator still serves others', async (_, pieces) => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  await speak(emulator.port, ...pieces);
  const { publisher, topic } = session(emulator.host);
  await publisher.createTopic({ name: topic('readings') });
});

test('a protocol is recognised however its first bytes are split', async () => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const request = 'GET /v1/projects/p/topics HTTP/1.1\r\nhost: localhost\r\n\r\n';
  expect(await speak(emulator.port, ...request.slice(0, 5), request.slice(5))).toContain('200 OK');
  const settings = Buffer.from('000000040000000000', 'hex');
  const http2 = await speak(emulator.port, 'P', 'R', PREFACE.slice(2), settings);
  // The server's own SETTINGS frame: type 4 on stream 0.
  expect(Buffer.from(http2, 'latin1')[3]).toBe(4);
});
