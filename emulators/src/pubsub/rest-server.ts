import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConnectionCut } from '../faults.ts';
import { isForeign } from '../loopback.ts';
import type { Call } from './call.ts';
import { HTTP_STATUS, invalid, StatusError } from './errors.ts';
import { toJson } from './json.ts';
import { restRouter } from './rest-routes.ts';
import type { Rpc } from './wire.ts';

/** Google's limit on a REST request. */
const MAX_BODY_BYTES = 10_485_760;
/** Longer than a pull waits. */
const IDLE_MS = 60_000;

/** A GET that is no RPC: path → JSON, e.g. the public keys of push tokens. */
export type Pages = Readonly<Record<string, () => object>>;

/** An HTTP server of Google's REST paths that listens nowhere: sockets are handed to it. */
export function createRestServer(rpcs: readonly Rpc[], call: Call, pages: Pages): Server {
  const match = restRouter(rpcs);
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error) => {
      if (error instanceof ConnectionCut) incoming.socket.destroy();
      else send(response, ...errorReply(error));
    });
  });
  // Node's own limits need a server that listens; this one is handed its sockets.
  return server.setTimeout(IDLE_MS, (socket) => socket.destroy());

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin } = incoming.headers;
    if (isForeign(incoming.headers)) {
      throw invalid(`Host ${host} or origin ${origin} is not this machine`);
    }
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const page = incoming.method === 'GET' ? pages[url.pathname] : undefined;
    if (page !== undefined) {
      send(response, 200, page());
      return;
    }
    const { rpc, request } = match(incoming.method ?? '', url, await readJson(incoming));
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const reply = await call(rpc, request, abort.signal);
    send(response, 200, toJson(rpc.responseType, reply as Record<string, unknown>));
  }
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (MAX_BODY_BYTES < size) {
      throw invalid(`Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw invalid(`Invalid JSON payload received. ${(cause as Error).message}`);
  }
}

function errorReply(error: unknown): [number, object] {
  const { codeName, message } =
    error instanceof StatusError
      ? error
      : { codeName: 'INTERNAL' as const, message: (error as Error).stack };
  const code = HTTP_STATUS[codeName];
  return [code, { error: { code, message, status: codeName } }];
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  const text = `${JSON.stringify(body, null, 2)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    // What is left of a refused body would be read as the next request.
    ...(400 <= status && { connection: 'close' }),
  });
  response.end(text);
}
