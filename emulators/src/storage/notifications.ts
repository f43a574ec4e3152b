import { objectResource } from './resources.ts';
import type { BucketRecord, NotificationRecord } from './state.ts';
import type { StoreEvent } from './store.ts';

/** Source: https://cloud.google.com/storage/docs/pubsub-notifications#events */
export const EVENT_TYPES = [
  'OBJECT_FINALIZE',
  'OBJECT_METADATA_UPDATE',
  'OBJECT_DELETE',
  'OBJECT_ARCHIVE',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Publishes a notification. `topic` is `projects/P/topics/T`. */
export type Publish = (
  topic: string,
  message: { readonly data: Buffer; readonly attributes: Readonly<Record<string, string>> },
) => Promise<void>;

export type Notify = (event: StoreEvent, bucket: BucketRecord | undefined) => void;

/** The messages that a change to an object sends, one for each matching notification of its bucket. */
export function notificationsOf(event: StoreEvent, bucket: BucketRecord, baseUrl: string) {
  return bucket.notifications
    .filter((notification) => isWanted(notification, event))
    .map((notification) => ({
      topic: notification.topic,
      message: {
        data:
          notification.payloadFormat === 'NONE'
            ? Buffer.alloc(0)
            : Buffer.from(JSON.stringify(objectResource(event.object, baseUrl))),
        attributes: {
          ...notification.customAttributes,
          notificationConfig: `projects/_/buckets/${bucket.name}/notificationConfigs/${notification.id}`,
          eventType: event.type,
          payloadFormat: notification.payloadFormat,
          bucketId: bucket.name,
          objectId: event.object.name,
          objectGeneration: String(event.object.generation),
          eventTime: new Date(event.object.deletedMs ?? event.object.updatedMs).toISOString(),
          ...(event.overwrites !== undefined && {
            overwroteGeneration: String(event.overwrites),
          }),
          ...(event.overwrittenBy !== undefined && {
            overwrittenByGeneration: String(event.overwrittenBy),
          }),
        },
      },
    }));
}

function isWanted(notification: NotificationRecord, event: StoreEvent): boolean {
  return (
    event.object.name.startsWith(notification.objectNamePrefix) &&
    (notification.eventTypes.length === 0 || notification.eventTypes.includes(event.type))
  );
}
