/** Every way in which a request as a whole can fail. */
const PROBLEMS = {
  not_json: { status: 400, title: 'The body is not JSON' },
  invalid_pack: { status: 400, title: 'The body is not a SenML pack' },
  invalid_request: { status: 400, title: 'The request is not well formed' },
  unauthorized: { status: 401, title: 'A valid device key is needed' },
  not_found: { status: 404, title: 'There is nothing at this path' },
  method_not_allowed: { status: 405, title: 'This path does not take this method' },
  too_large: { status: 413, title: 'The body is too large' },
  too_many_readings: { status: 413, title: 'The body has too many items' },
  unsupported_media_type: { status: 415, title: 'This path does not take this media type' },
  key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  rate_limited: { status: 429, title: 'Too many readings' },
  internal: { status: 500, title: 'The gateway failed' },
  unavailable: { status: 503, title: 'The readings cannot be taken now: send them again' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** Thrown by handlers and hooks; the error handler turns it into its answer. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly code: ProblemCode;
  /** After which the same request may do better; undefined where time does not help. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An error answer, RFC 9457. Names fields, never echoes values. */
export function problem(code: ProblemCode, detail: string, pointer?: string) {
  return {
    type: 'about:blank',
    ...PROBLEMS[code],
    code,
    ...(detail !== '' && { detail }),
    ...(pointer !== undefined && pointer !== '' && { pointer }),
  };
}
