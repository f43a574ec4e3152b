import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { FieldProblem } from './validation.ts';

/** Every way in which a request can fail. `code` in the answer is one of the keys; `/docs` explains them. */
export const PROBLEMS = {
  not_json: { status: 400, title: 'The body is not JSON' },
  invalid_request: { status: 400, title: 'The request does not fit its schema' },
  unauthorized: { status: 401, title: 'A valid API key or ID token is needed' },
  forbidden: { status: 403, title: 'The key may not do this' },
  not_found: { status: 404, title: 'There is nothing at this path' },
  method_not_allowed: { status: 405, title: 'This path does not take this method' },
  timeout: { status: 408, title: 'The request did not arrive in time' },
  too_large: { status: 413, title: 'The body is larger than this path takes' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  too_many_requests: { status: 429, title: 'This client asks too much' },
  malformed_http: { status: 400, title: 'This is not HTTP' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'The server failed' },
  overloaded: { status: 503, title: 'The server has enough to do: try again in a second' },
  starting: { status: 503, title: 'The server still reads the recent past: try again in a second' },
  draining: { status: 503, title: 'The server is stopping: try again' },
  bucket_unreachable: { status: 503, title: 'Cloud Storage does not answer' },
  out_of_time: { status: 503, title: 'The answer took too long' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** An error answer, RFC 9457 `application/problem+json`. Names fields, never echoes values. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'a page that explains the code',
      examples: ['/docs#timeout'],
    }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ examples: Object.keys(PROBLEMS) }),
    detail: Type.Optional(Type.String()),
    instance: Type.String({ description: 'the path that was asked' }),
    request_id: Type.String({ description: 'also in the logs' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'JSON pointer into the body',
            examples: ['/temperature'],
          }),
          code: Type.String({ examples: ['type'] }),
          detail: Type.String({ examples: ['must be a finite number'] }),
        }),
      ),
    ),
  },
  { description: 'RFC 9457' },
);
export type Problem = Static<typeof Problem>;

/** Thrown by handlers and hooks; the error handler turns it into its answer. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly code: ProblemCode;
  readonly fields: readonly FieldProblem[];

  constructor(code: ProblemCode, detail?: string, fields: readonly FieldProblem[] = []) {
    super(detail ?? '');
    this.code = code;
    this.fields = fields;
  }
}

export function problemBody(
  code: ProblemCode,
  where: { readonly instance: string; readonly requestId: string },
  detail = '',
  fields: readonly FieldProblem[] = [],
): Problem {
  const { status, title } = PROBLEMS[code];
  return {
    type: `/docs#${code}`,
    title,
    status,
    code,
    ...(detail !== '' && { detail }),
    instance: where.instance,
    request_id: where.requestId,
    ...(0 < fields.length && { errors: fields.slice(0, 20) }),
  };
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: ProblemCode,
  detail?: string,
  fields?: readonly FieldProblem[],
): FastifyReply {
  const where = { instance: pathOf(request.url), requestId: request.id };
  const body = problemBody(code, where, detail, fields);
  if (body.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  return reply
    .code(body.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body);
}

/** The path without its query, cut: it goes into answers and logs. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0]?.slice(0, 200) ?? '';
}
