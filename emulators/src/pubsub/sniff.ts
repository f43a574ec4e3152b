import type { Socket } from 'node:net';

// https://www.rfc-editor.org/rfc/rfc9113#section-3.4: every HTTP/2 connection starts with this.
const HTTP2_PREFACE = 'PRI';
const WAIT_MS = 30_000;

/** Hands a new connection to the server of the protocol that its first three bytes speak. */
export function sniff(
  socket: Socket,
  servers: { http2: (socket: Socket) => void; http1: (socket: Socket) => void },
): void {
  let seen = Buffer.alloc(0);
  socket.setTimeout(WAIT_MS, () => socket.destroy());
  socket.on('data', read);

  function read(chunk: Buffer): void {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < HTTP2_PREFACE.length) return;
    socket.off('data', read);
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.pause();
    socket.unshift(seen);
    const isHttp2 = seen.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
    if (isHttp2) {
      servers.http2(socket);
    } else {
      servers.http1(socket);
      socket.resume();
    }
  }
}
