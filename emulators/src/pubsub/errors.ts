/** The codes of gRPC that Pub/Sub answers with. */
export const CODES = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;
export type CodeName = keyof typeof CODES;

/** https://cloud.google.com/apis/design/errors#handling_errors */
export const HTTP_STATUS: Readonly<Record<CodeName, number>> = {
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};

/** A refusal in Google's terms. The API files turn it into a gRPC status or an HTTP error. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly codeName: CodeName;
  /** Goes out as google.rpc.ErrorInfo metadata: how exactly-once replies name failed ack ids. */
  readonly errorInfo: Readonly<Record<string, string>> | undefined;

  constructor(codeName: CodeName, message: string, errorInfo?: Readonly<Record<string, string>>) {
    super(message);
    this.codeName = codeName;
    this.errorInfo = errorInfo;
  }

  get code(): number {
    return CODES[this.codeName];
  }
}

export function invalid(message: string): StatusError {
  return new StatusError('INVALID_ARGUMENT', message);
}

/** Google's message has the last part of the name only. */
export function notFound(name: string): StatusError {
  const resource = name.slice(name.lastIndexOf('/') + 1);
  return new StatusError('NOT_FOUND', `Resource not found (resource=${resource}).`);
}

export function alreadyExists(name: string): StatusError {
  const resource = name.slice(name.lastIndexOf('/') + 1);
  return new StatusError(
    'ALREADY_EXISTS',
    `Resource already exists in the project (resource=${resource}).`,
  );
}

export function failedPrecondition(message: string): StatusError {
  return new StatusError('FAILED_PRECONDITION', message);
}
