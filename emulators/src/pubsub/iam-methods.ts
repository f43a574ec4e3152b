import type { Broker } from './broker.ts';
import { invalid } from './errors.ts';
import type { Method } from './methods.ts';
import type { Policies, Policy } from './policies.ts';
import type { Replay } from './replay.ts';
import type { Schemas } from './schemas.ts';

/** The IAMPolicy service by RPC name. */
export function iamMethods(
  broker: Broker,
  replay: Replay,
  schemas: Schemas,
  policies: Policies,
): Record<string, Method> {
  return {
    GetIamPolicy: ({ resource }: { resource?: string }) => policies.get(existing(resource)),
    SetIamPolicy: ({ resource, policy = {} }: { resource?: string; policy?: Policy }) =>
      policies.set(existing(resource), policy),
    // Whoever reaches an emulator may do everything.
    TestIamPermissions({ resource, permissions }: { resource?: string; permissions?: string[] }) {
      existing(resource);
      return { permissions: permissions ?? [] };
    },
  };

  /** The name of a resource that is there. Throws NOT_FOUND or INVALID_ARGUMENT. */
  function existing(name = ''): string {
    switch (name.split('/')[2]) {
      case 'topics':
        return broker.topic(name).name;
      case 'subscriptions':
        return broker.subscription(name).name;
      case 'snapshots':
        return replay.snapshot(name).name;
      case 'schemas':
        return schemas.get(name).name as string;
      default:
        throw invalid(`Invalid resource name given (name=${name}).`);
    }
  }
}
