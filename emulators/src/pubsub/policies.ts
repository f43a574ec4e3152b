import { randomBytes } from 'node:crypto';
import { StatusError } from './errors.ts';
import type { StateEvent } from './events.ts';

/** google.iam.v1.Policy */
export interface Policy {
  readonly version?: number;
  readonly bindings?: readonly object[];
  readonly etag?: Uint8Array;
}

/**
 * IAM policies by resource. They are kept and given back, and grant or deny nothing: an emulator
 * has no callers to tell apart.
 */
export class Policies {
  readonly #record: (event: StateEvent) => void;
  readonly #byResource = new Map<string, Policy>();

  constructor(record: (event: StateEvent) => void) {
    this.#record = record;
  }

  get(resource: string): Policy {
    // Google gives an empty policy the etag "ACAB".
    return this.#byResource.get(resource) ?? { etag: Buffer.from('ACAB', 'base64') };
  }

  /** Throws ABORTED if the etag is not that of the current policy. */
  set(resource: string, policy: Policy): Policy {
    const { etag } = policy;
    if (etag?.length && Buffer.compare(etag, this.get(resource).etag ?? Buffer.alloc(0)) !== 0) {
      throw new StatusError(
        'ABORTED',
        'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
      );
    }
    const stored = { ...policy, etag: randomBytes(8) };
    this.#byResource.set(resource, stored);
    this.#record({ kind: 'policy', resource, policy: stored });
    return stored;
  }

  apply(event: StateEvent): void {
    switch (event.kind) {
      case 'policy':
        this.#byResource.set(event.resource, event.policy);
        break;
      // What gets the name later is another resource.
      case 'topic-deleted':
      case 'subscription-deleted':
      case 'snapshot-deleted':
      case 'schema-deleted':
        this.#byResource.delete(event.name);
        break;
    }
  }

  *events(): Generator<StateEvent> {
    for (const [resource, policy] of this.#byResource) yield { kind: 'policy', resource, policy };
  }
}
