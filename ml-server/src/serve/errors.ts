import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { type ProblemCode, problemBody, RequestProblem, sendProblem } from './problem.ts';
import type { Log } from './request-log.ts';

const METHODS = ['GET', 'POST'] as const;

/** Turns whatever goes wrong into a problem+json answer: one place for all. Bugs are logged and say nothing. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | RequestProblem, request, reply) => {
    const code = codeOf(error);
    if (code === 'internal') {
      log({
        severity: 'ERROR',
        message: `bug: ${error.stack ?? error.message}`,
        request_id: request.id,
      });
    }
    const { fields = [], message = '' } = error instanceof RequestProblem ? error : {};
    return sendProblem(request, reply, code, message, fields);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = METHODS.filter((method) => app.hasRoute({ method, url: routeOf(request) }));
    if (allowed.length === 0) return sendProblem(request, reply, 'not_found');
    reply.header('allow', allowed.join(', '));
    const detail = `use ${allowed.join(' or ')}`;
    return sendProblem(request, reply, 'method_not_allowed', detail);
  });
}

/** What came in was no HTTP request, or did not arrive in time: there is no request to answer through Fastify. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const problem = problemBody(brokenCode(error.code), { instance: '', requestId: randomUUID() });
    const body = JSON.stringify(problem);
    socket.write(
      [
        `HTTP/1.1 ${problem.status} ${BROKEN[problem.status]}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  }
  socket.destroy(error);
}

/** Reason phrases of what is answered here. Those of `node:http` would load its whole client at the start. */
const BROKEN: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function brokenCode(code: string | undefined): ProblemCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'malformed_http';
}

function codeOf(error: FastifyError | RequestProblem): ProblemCode {
  if (error instanceof RequestProblem) return error.code;
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return 'unsupported_media_type';
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'too_large';
  }
  if (error.statusCode === 413) return 'too_large';
  if (error.statusCode === 415) return 'unsupported_media_type';
  // All else that Fastify blames the client for is about the body: cut short, empty, not JSON, a wrong length.
  return error.statusCode !== undefined && error.statusCode < 500 ? 'not_json' : 'internal';
}

function routeOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
