/** A number or an option that no detector can work with. The message says which, what it got and what it wanted. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A saved model or state that is malformed, not finite or of an unknown version. Retrying cannot help. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
