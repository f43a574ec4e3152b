import { invalid, notImplemented } from './errors.ts';
import type { BucketRecord, NotificationRecord, ObjectFields, ObjectRecord } from './state.ts';

/** Source: https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export function objectResource(object: ObjectRecord, baseUrl: string) {
  const path = `/b/${object.bucket}/o/${encodeURIComponent(object.name)}`;
  const generation = String(object.generation);
  const { storageClass = 'STANDARD', ...fields } = object.fields;
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.name}/${generation}`,
    selfLink: `${baseUrl}/storage/v1${path}`,
    mediaLink: `${baseUrl}/download/storage/v1${path}?generation=${generation}&alt=media`,
    name: object.name,
    bucket: object.bucket,
    generation,
    metageneration: String(object.metageneration),
    ...fields,
    storageClass,
    size: String(object.sizeBytes),
    ...(object.md5 !== undefined && { md5Hash: object.md5 }),
    crc32c: object.crc32c,
    ...(object.componentCount !== undefined && { componentCount: object.componentCount }),
    etag: etag(object),
    timeCreated: time(object.createdMs),
    updated: time(object.updatedMs),
    timeStorageClassUpdated: time(object.createdMs),
    timeFinalized: time(object.createdMs),
    ...(object.deletedMs !== undefined && { timeDeleted: time(object.deletedMs) }),
  };
}

/** Source: https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
export function bucketResource(bucket: BucketRecord, baseUrl: string) {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${baseUrl}/storage/v1/b/${bucket.name}`,
    name: bucket.name,
    projectNumber: '0',
    generation: String(bucket.generation),
    metageneration: String(bucket.metageneration),
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    ...bucket.fields,
    etag: etag(bucket),
    timeCreated: time(bucket.createdMs),
    updated: time(bucket.updatedMs),
  };
}

/** Source: https://cloud.google.com/storage/docs/json_api/v1/notifications#resource */
export function notificationResource(record: NotificationRecord, bucket: string, baseUrl: string) {
  return {
    kind: 'storage#notification',
    id: record.id,
    selfLink: `${baseUrl}/storage/v1/b/${bucket}/notificationConfigs/${record.id}`,
    topic: `//pubsub.googleapis.com/${record.topic}`,
    payload_format: record.payloadFormat,
    ...(0 < record.eventTypes.length && { event_types: record.eventTypes }),
    ...(record.objectNamePrefix !== '' && { object_name_prefix: record.objectNamePrefix }),
    custom_attributes: record.customAttributes,
    etag: record.id,
  };
}

export function etag(thing: { generation: number; metageneration: number }): string {
  return Buffer.from(`${thing.generation}/${thing.metageneration}`).toString('base64');
}

const OBJECT_FIELDS = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'storageClass',
] as const;

/** Fields that would make promises the emulator does not keep. */
const REFUSED_OBJECT_FIELDS = [
  'temporaryHold',
  'eventBasedHold',
  'retention',
  'kmsKeyName',
  'acl',
  'contexts',
];

/** Old fields with a patch laid over them: null removes, absent keeps, `metadata` is merged by key. */
export function patchObjectFields(
  fields: ObjectFields,
  patch: Readonly<Record<string, unknown>>,
): ObjectFields {
  for (const name of REFUSED_OBJECT_FIELDS) {
    if (isAsking(patch[name])) throw notImplemented(`the object field ${name}`);
  }
  const result: Record<string, unknown> = { ...fields };
  for (const name of OBJECT_FIELDS) {
    const value = patch[name];
    if (value === undefined) continue;
    if (value !== null && typeof value !== 'string') throw invalid(`Invalid value for ${name}`);
    if (value === null || value === '') delete result[name];
    else result[name] = value;
  }
  if (patch.metadata !== undefined) {
    const metadata = patchMetadata(fields.metadata, patch.metadata);
    if (metadata) result.metadata = metadata;
    else delete result.metadata;
  }
  return result;
}

function patchMetadata(
  old: Readonly<Record<string, string>> | undefined,
  patch: unknown,
): Readonly<Record<string, string>> | undefined {
  if (patch === null) return undefined;
  if (typeof patch !== 'object' || Array.isArray(patch)) {
    throw invalid('Invalid value for metadata: not an object');
  }
  const merged = new Map(Object.entries(old ?? {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (typeof value === 'string') merged.set(key, value);
    else throw invalid(`Invalid value for metadata.${key}: not a string`);
  }
  return merged.size === 0 ? undefined : Object.fromEntries(merged);
}

/** What a bucket remembers and gives back; of these only versioning changes what the emulator does. */
const BUCKET_FIELDS = [
  'location',
  'locationType',
  'storageClass',
  'labels',
  'versioning',
  'lifecycle',
  'iamConfiguration',
  'cors',
  'website',
  'softDeletePolicy',
];
const REFUSED_BUCKET_FIELDS = [
  'retentionPolicy',
  'encryption',
  'logging',
  'billing',
  'acl',
  'defaultObjectAcl',
  'customPlacementConfig',
  'hierarchicalNamespace',
  'objectRetention',
  'ipFilter',
  'defaultEventBasedHold',
];

export function patchBucketFields(
  fields: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  for (const name of REFUSED_BUCKET_FIELDS) {
    if (isAsking(patch[name])) throw notImplemented(`the bucket field ${name}`);
  }
  const result = { ...fields };
  for (const name of BUCKET_FIELDS) {
    const value = patch[name];
    if (value === undefined) continue;
    if (value === null) delete result[name];
    else if (name === 'labels') result.labels = patchMetadata(result.labels as never, value) ?? {};
    else if (name === 'location') result.location = String(value).toUpperCase();
    else result[name] = value;
  }
  return result;
}

/** False for what asks for nothing: null, false, an empty list or object. */
function isAsking(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== 'object' || 0 < Object.keys(value).length;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
