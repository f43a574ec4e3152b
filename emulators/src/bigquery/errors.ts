/**
 * A refusal in BigQuery's own shape.
 *
 * Source: https://cloud.google.com/bigquery/docs/error-messages (reasons and their HTTP codes).
 */
export class BigQueryError extends Error {
  override readonly name = 'BigQueryError';
  readonly reason: Reason;
  readonly location: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    options: { location?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.location = options.location;
  }

  get status(): number {
    return HTTP_STATUS[this.reason];
  }
}

const HTTP_STATUS = {
  invalid: 400,
  invalidQuery: 400,
  required: 400,
  bytesBilledLimitExceeded: 400,
  resourceInUse: 400,
  resourcesExceeded: 400,
  stopped: 400,
  accessDenied: 403,
  quotaExceeded: 403,
  notFound: 404,
  duplicate: 409,
  conditionNotMet: 412,
  payloadTooLarge: 413,
  rateLimitExceeded: 429,
  internalError: 500,
  notImplemented: 501,
  backendError: 503,
} as const;

export type Reason = keyof typeof HTTP_STATUS;

/** A line and column, both from 1, as BigQuery appends them to messages. */
export function position(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `[${line}:${offset - before.lastIndexOf('\n')}]`;
}

/** An error of the query's text, found at `offset`. */
export function queryError(message: string, text: string, offset: number): BigQueryError {
  return new BigQueryError('invalidQuery', `${message} at ${position(text, offset)}`, {
    location: 'query',
  });
}

/** A construct that BigQuery has and this emulator has not. `name` says which. */
export function unsupported(
  what: string,
  name: string,
  text: string,
  offset: number,
): BigQueryError {
  return queryError(`${what} is not supported by the local emulator: ${name}`, text, offset);
}

/** The JSON body of a failed request. */
export function errorBody(error: BigQueryError): object {
  return {
    error: {
      code: error.status,
      message: error.message,
      errors: [errorProto(error)],
      status: rpcStatus(error),
    },
  };
}

/** The shape shared by job status, insert errors and request errors. */
export function errorProto(error: BigQueryError): Record<string, string> {
  return {
    reason: error.reason,
    ...(error.location === undefined ? {} : { location: error.location }),
    domain: 'global',
    message: error.message,
  };
}

function rpcStatus(error: BigQueryError): string {
  const names: Record<number, string> = {
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    409: 'ALREADY_EXISTS',
    412: 'FAILED_PRECONDITION',
    429: 'RESOURCE_EXHAUSTED',
    500: 'INTERNAL',
    501: 'UNIMPLEMENTED',
    503: 'UNAVAILABLE',
  };
  return names[error.status] ?? 'INVALID_ARGUMENT';
}
