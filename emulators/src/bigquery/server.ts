import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConnectionCut, type Faults } from '../faults.ts';
import { isForeign } from '../loopback.ts';
import type { Route } from './api.ts';
import { discoveryDocument } from './discovery.ts';
import type { Engine } from './engine.ts';
import { BigQueryError, errorBody } from './errors.ts';
import { around, type Fault } from './faults.ts';
import { MOST_BODY_BYTES, parseJson, readBody, reply } from './http.ts';
import { unimplementedMethod } from './methods.ts';
import type { Resource } from './store.ts';
import { MOST_UPLOAD_BYTES, type Reply, type Uploads } from './uploads.ts';

/** The REST API over HTTP/1.1, with and without the `/bigquery/v2` prefix. */
export function serveRest(
  engine: Engine,
  routes: readonly Route[],
  uploads: Uploads,
  faults: Faults<Fault>,
): Server {
  const compiled = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    engine.counters.requests += 1;
    try {
      const { status, body, headers } = await dispatch(request);
      engine.counters.bytesSent += reply(response, status, body, headers);
    } catch (cause) {
      if (cause instanceof ConnectionCut) {
        request.socket.destroy();
        return;
      }
      const error =
        cause instanceof BigQueryError
          ? cause
          : new BigQueryError(
              'internalError',
              cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
            );
      // What is left of a body that was refused must not be read as the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      engine.counters.bytesSent += reply(response, error.status, errorBody(error));
    }
  }

  async function dispatch(request: IncomingMessage): Promise<Reply> {
    if (isForeign(request.headers)) {
      throw new BigQueryError(
        'accessDenied',
        `Host ${request.headers.host ?? ''} is not this machine`,
      );
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = decodeURI(url.pathname).replace(/^\/bigquery\/v2(?=\/)/, '');
    if (/^\/(\$discovery\/rest|discovery\/v1\/apis\/bigquery\/v2\/rest)$/.test(path)) {
      return { status: 200, body: discoveryDocument(routes, `http://${request.headers.host}`) };
    }
    const method = methodOf(request);
    const bytes = await readBody(
      request,
      isUpload(url.pathname) ? MOST_UPLOAD_BYTES : MOST_BODY_BYTES,
    );
    engine.counters.bytesReceived += bytes.length;
    const upload = uploads.handle({ method, url, headers: request.headers, body: bytes });
    if (upload !== undefined) return upload;
    for (const { route, pattern } of compiled) {
      const match = route.method === method ? pattern.exec(path) : null;
      if (match === null) continue;
      const body = method === 'GET' || method === 'DELETE' ? {} : parseJson(bytes);
      const call = { path: { ...match.groups }, query: url.searchParams, headers: request.headers };
      const reply = await around(faults, route.name, body, (own) =>
        route.handle({ ...call, body: own as Resource }),
      );
      return { status: reply === null ? 204 : 200, body: reply };
    }
    const name = unimplementedMethod(method, path);
    if (name !== undefined)
      throw new BigQueryError('notImplemented', `${name} is not supported by the local emulator`);
    throw new BigQueryError('notFound', `Not found: ${method} ${path}`);
  }
}

function isUpload(path: string): boolean {
  return /^(\/resumable)?\/upload\//.test(path);
}

/** Clients behind proxies send PATCH as POST with a header. */
function methodOf(request: IncomingMessage): string {
  const override = request.headers['x-http-method-override'];
  return (typeof override === 'string' ? override : (request.method ?? 'GET')).toUpperCase();
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/:]+(?::[^/:]+)?)')}$`);
}
