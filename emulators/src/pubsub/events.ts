import type { Message } from './message.ts';
import type { Policy } from './policies.ts';
import type { SnapshotResource, SubscriptionResource, TopicResource } from './resources.ts';
import type { SchemaRevision } from './schemas.ts';

/**
 * What has happened. The state is what these events made it, so keeping them is keeping the state;
 * deliveries, leases and attempt counts are not kept: after a restart every message that nobody
 * acknowledged comes again.
 */
export type StateEvent =
  /** Created or updated. */
  | { readonly kind: 'topic'; readonly resource: TopicResource }
  | { readonly kind: 'topic-deleted'; readonly name: string }
  /** Created or updated. */
  | { readonly kind: 'subscription'; readonly resource: SubscriptionResource }
  | { readonly kind: 'subscription-deleted'; readonly name: string }
  | { readonly kind: 'published'; readonly topic: string; readonly messages: readonly Message[] }
  | {
      readonly kind: 'acknowledged';
      readonly subscription: string;
      readonly messageIds: readonly string[];
    }
  /** The backlog is now just these: a seek, or a detachment. */
  | { readonly kind: 'reset'; readonly subscription: string; readonly messages: readonly Message[] }
  /** What a topic or subscription keeps for a seek back in time; the name is a full one. */
  | { readonly kind: 'retained'; readonly name: string; readonly messages: readonly Message[] }
  /** No later message has a smaller id, even if all up to it are gone. */
  | { readonly kind: 'numbered'; readonly lastMessageId: number }
  /** Created, with what it holds, or updated, without. */
  | {
      readonly kind: 'snapshot';
      readonly resource: SnapshotResource;
      readonly messages?: readonly Message[];
    }
  | { readonly kind: 'snapshot-deleted'; readonly name: string }
  | {
      readonly kind: 'schema';
      readonly name: string;
      readonly revisions: readonly SchemaRevision[];
    }
  | { readonly kind: 'schema-deleted'; readonly name: string }
  | { readonly kind: 'policy'; readonly resource: string; readonly policy: Policy };
