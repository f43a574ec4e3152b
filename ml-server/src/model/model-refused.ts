/** Why a model version was not taken into service. A closed set: metrics count by it. */
export type RefusalReason = 'pointer' | 'missing' | 'size' | 'checksum' | 'content';

/** A model version is not what it claims to be, or not usable. Trying the same bytes again cannot help. */
export class ModelRefused extends Error {
  override readonly name = 'ModelRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
