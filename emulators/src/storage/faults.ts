import { createFaults, type FaultOf, type Faults } from '../faults.ts';
import { StorageError } from './errors.ts';

/**
 * Something that goes wrong on purpose. Methods have Google's names, e.g. `storage.objects.insert`.
 *
 * - status: refuses with `status`, without effect
 */
export interface StorageFault extends FaultOf<'status'> {
  /** 429 or a 5xx; 503 by default. */
  readonly status?: number;
}

/** `random` decides whom a fault with a rate befalls: [0, 1); `methods` are the names of all. */
export function storageFaults(
  random: () => number,
  methods: Iterable<string>,
): Faults<StorageFault> {
  return createFaults<StorageFault>(random, methods, ({ kind, status = 503 }) => {
    if (kind === 'status' && status !== 429 && !(500 <= status && status <= 599)) {
      throw new RangeError(`fault status ${status} is neither 429 nor 5xx`);
    }
  });
}

/** The refusal that a fault of kind `status` asks for. */
export function askedFor({ status = 503 }: StorageFault): StorageError {
  const reason = status === 429 ? 'rateLimitExceeded' : 'backendError';
  return new StorageError(status, reason, 'A fault that was asked for');
}
