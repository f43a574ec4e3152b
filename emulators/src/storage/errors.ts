/**
 * A refusal in the words of the JSON API.
 *
 * Source: https://cloud.google.com/storage/docs/json_api/v1/status-codes
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export function errorBody({ status, reason, message }: StorageError) {
  return { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } };
}

export function noBucket(): StorageError {
  return new StorageError(404, 'notFound', 'The specified bucket does not exist.');
}

export function noObject(bucket: string, name: string): StorageError {
  return new StorageError(404, 'notFound', `No such object: ${bucket}/${name}`);
}

export function invalid(message: string): StorageError {
  return new StorageError(400, 'invalid', message);
}

export function required(name: string): StorageError {
  return new StorageError(400, 'required', `Required parameter: ${name}`);
}

/** The emulator answers what it does right, and refuses the rest by name. */
export function notImplemented(what: string): StorageError {
  return new StorageError(501, 'notImplemented', `${what} is not implemented by the emulator`);
}
