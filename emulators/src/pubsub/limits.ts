import { StatusError } from './errors.ts';

/** What the emulator keeps at most. More is refused with RESOURCE_EXHAUSTED, and the limit's name. */
export interface Limits {
  /** 10,000 by default, as Google allows in a project; here of all projects together. */
  readonly topics: number;
  /** 10,000. */
  readonly subscriptions: number;
  /** 5,000. */
  readonly snapshots: number;
  /** 10,000. */
  readonly schemas: number;
  /** Streaming pulls that are open and pulls that wait, 1,000. */
  readonly streams: number;
  /** Messages that a subscription or a snapshot holds, 5 million. */
  readonly messages: number;
  /** Bytes of the messages that nobody acknowledged, of all subscriptions together, 1 GB. */
  readonly backlogBytes: number;
}

// The first four: https://cloud.google.com/pubsub/quotas#resource_limits
export const DEFAULT_LIMITS: Limits = {
  topics: 10_000,
  subscriptions: 10_000,
  snapshots: 5_000,
  schemas: 10_000,
  streams: 1_000,
  messages: 5_000_000,
  backlogBytes: 1_000_000_000,
};

/** Throws RESOURCE_EXHAUSTED if there is no room for one more. */
export function checkRoom(limits: Limits, name: keyof Limits, count: number): void {
  if (count < limits[name]) return;
  throw new StatusError(
    'RESOURCE_EXHAUSTED',
    `This emulator keeps at most ${limits[name]} ${LABELS[name]} (limits.${name})`,
  );
}

const LABELS: Readonly<Record<keyof Limits, string>> = {
  topics: 'topics',
  subscriptions: 'subscriptions',
  snapshots: 'snapshots',
  schemas: 'schemas',
  streams: 'open streams',
  messages: 'messages in a subscription or snapshot',
  backlogBytes: 'bytes of unacknowledged messages',
};
