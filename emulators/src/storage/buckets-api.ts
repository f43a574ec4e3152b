import { invalid, required, StorageError } from './errors.ts';
import { type Call, type Reply, readJson } from './http.ts';
import { parsePageSize } from './listing.ts';
import { EVENT_TYPES } from './notifications.ts';
import { checkPreconditions, parsePreconditions } from './preconditions.ts';
import { bucketResource, notificationResource, patchBucketFields } from './resources.ts';
import { type BucketRecord, compareUtf8, type NotificationRecord } from './state.ts';
import type { Store } from './store.ts';

export async function insertBucket(store: Store, call: Call): Promise<Reply> {
  const project = call.query.get('project');
  if (!project) throw required('project');
  const { name, ...settings } = await readJson(call);
  if (typeof name !== 'string') throw required('name');
  checkBucketName(name);
  const fields = patchBucketFields({}, settings);
  if (store.state.buckets.has(name)) {
    throw new StorageError(
      409,
      'conflict',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  const nowMs = store.now();
  const bucket: BucketRecord = {
    name,
    project,
    generation: store.nextGeneration(),
    metageneration: 1,
    createdMs: nowMs,
    updatedMs: nowMs,
    fields,
    notifications: [],
  };
  await store.commit([{ kind: 'bucket', bucket }]);
  return { json: bucketResource(bucket, call.baseUrl) };
}

export async function listBuckets(store: Store, call: Call): Promise<Reply> {
  const project = call.query.get('project');
  if (!project) throw required('project');
  const prefix = call.query.get('prefix') ?? '';
  const pageSize = parsePageSize(call.query);
  const after = call.query.get('pageToken') ?? '';
  const found = [...store.state.buckets.values()]
    .map(({ record }) => record)
    .filter((bucket) => bucket.project === project && bucket.name.startsWith(prefix))
    .filter(({ name }) => after < name)
    .sort((a, b) => compareUtf8(a.name, b.name));
  const page = found.slice(0, pageSize);
  return {
    json: {
      kind: 'storage#buckets',
      items: page.map((bucket) => bucketResource(bucket, call.baseUrl)),
      ...(pageSize < found.length && { nextPageToken: page.at(-1)?.name }),
    },
  };
}

export async function getBucket(store: Store, call: Call): Promise<Reply> {
  const { record } = store.bucket(call.path.bucket as string);
  checkPreconditions(parsePreconditions(call.query), record, 'read');
  return { json: bucketResource(record, call.baseUrl) };
}

export async function patchBucket(store: Store, call: Call): Promise<Reply> {
  const patch = await readJson(call);
  const { record } = store.bucket(call.path.bucket as string);
  checkPreconditions(parsePreconditions(call.query), record, 'write');
  const bucket: BucketRecord = {
    ...record,
    fields: patchBucketFields(record.fields, patch),
    metageneration: record.metageneration + 1,
    updatedMs: store.now(),
  };
  await store.commit([{ kind: 'bucket', bucket }]);
  return { json: bucketResource(bucket, call.baseUrl) };
}

export async function deleteBucket(store: Store, call: Call): Promise<Reply> {
  const { record, objects } = store.bucket(call.path.bucket as string);
  checkPreconditions(parsePreconditions(call.query), record, 'write');
  if (0 < objects.size) {
    throw new StorageError(409, 'conflict', 'The bucket you tried to delete is not empty.');
  }
  await store.commit([{ kind: 'bucket-deleted', name: record.name }]);
  return { status: 204 };
}

/** gcloud asks before it moves objects whether a bucket has real folders. Ours never have. */
export async function getStorageLayout(store: Store, call: Call): Promise<Reply> {
  const { name, location, locationType } = bucketResource(
    store.bucket(call.path.bucket as string).record,
    call.baseUrl,
  );
  const hierarchicalNamespace = { enabled: false };
  return {
    json: {
      kind: 'storage#storageLayout',
      bucket: name,
      location,
      locationType,
      hierarchicalNamespace,
    },
  };
}

/** gcloud asks before it removes a bucket. There are none, as none can be made. */
export async function listManagedFolders(store: Store, call: Call): Promise<Reply> {
  store.bucket(call.path.bucket as string);
  return { json: { kind: 'storage#managedFolders' } };
}

export async function insertNotification(store: Store, call: Call): Promise<Reply> {
  const body = await readJson(call);
  const { record } = store.bucket(call.path.bucket as string);
  const ids = record.notifications.map(({ id }) => Number(id));
  const notification = parseNotification(String(Math.max(0, ...ids) + 1), body);
  const notifications = [...record.notifications, notification];
  await store.commit([{ kind: 'bucket', bucket: { ...record, notifications } }]);
  return { json: notificationResource(notification, record.name, call.baseUrl) };
}

export async function listNotifications(store: Store, call: Call): Promise<Reply> {
  const { record } = store.bucket(call.path.bucket as string);
  const items = record.notifications.map((notification) =>
    notificationResource(notification, record.name, call.baseUrl),
  );
  return { json: { kind: 'storage#notifications', items } };
}

export async function getNotification(store: Store, call: Call): Promise<Reply> {
  const { record } = store.bucket(call.path.bucket as string);
  const notification = findNotification(record, call.path.notification as string);
  return { json: notificationResource(notification, record.name, call.baseUrl) };
}

export async function deleteNotification(store: Store, call: Call): Promise<Reply> {
  const { record } = store.bucket(call.path.bucket as string);
  const gone = findNotification(record, call.path.notification as string);
  const notifications = record.notifications.filter((notification) => notification !== gone);
  await store.commit([{ kind: 'bucket', bucket: { ...record, notifications } }]);
  return { status: 204 };
}

function findNotification(bucket: BucketRecord, id: string): NotificationRecord {
  const found = bucket.notifications.find((notification) => notification.id === id);
  if (!found) throw new StorageError(404, 'notFound', `No such notification: ${id}`);
  return found;
}

function parseNotification(id: string, body: Record<string, unknown>): NotificationRecord {
  const topic = /^(?:\/\/pubsub\.googleapis\.com\/)?(projects\/[^/]+\/topics\/[^/]+)$/.exec(
    String(body.topic),
  )?.[1];
  if (topic === undefined) {
    throw invalid(
      `Invalid topic ${body.topic}: wanted //pubsub.googleapis.com/projects/P/topics/T`,
    );
  }
  const payloadFormat = body.payload_format;
  if (payloadFormat !== 'JSON_API_V1' && payloadFormat !== 'NONE') {
    throw invalid(`Invalid payload_format ${payloadFormat}: wanted JSON_API_V1 or NONE`);
  }
  const eventTypes = (body.event_types ?? []) as string[];
  const unknown = eventTypes.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw invalid(`Invalid event type ${unknown}`);
  return {
    id,
    topic,
    payloadFormat,
    eventTypes,
    objectNamePrefix: String(body.object_name_prefix ?? ''),
    customAttributes: (body.custom_attributes ?? {}) as Record<string, string>,
  };
}

/** Source: https://cloud.google.com/storage/docs/buckets#naming */
function checkBucketName(name: string): void {
  const isAllowed =
    /^[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(name) &&
    3 <= name.length &&
    name.length <= (name.includes('.') ? 222 : 63) &&
    name.split('.').every((part) => 0 < part.length && part.length <= 63) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !name.startsWith('goog');
  if (!isAllowed) throw invalid(`Invalid bucket name: '${name.slice(0, 80)}'`);
}
