import { createHash } from 'node:crypto';
import { crc32cBase64 } from './crc32c.ts';
import { invalid, noObject, StorageError } from './errors.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';
import {
  type BucketState,
  type Change,
  findObject,
  type ObjectFields,
  type ObjectRecord,
} from './state.ts';
import type { Store, StoreEvent } from './store.ts';

/** Source: https://cloud.google.com/storage/quotas#objects */
const MAX_NAME_BYTES = 1024;
const MAX_COMPOSE_SOURCES = 32;

export interface Hashes {
  readonly crc32c?: string;
  readonly md5?: string;
}

export interface NewObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly fields: ObjectFields;
  readonly conditions: Preconditions;
  /** What the sender says the bytes hash to; a difference is refused. */
  readonly expected?: Hashes;
  /** Given by compose: such an object has no MD5. */
  readonly componentCount?: number;
  /** Of the resumable upload that brought it. */
  readonly uploadId?: string;
}

/** Stores bytes under a name. Throws 412 and keeps nothing when a precondition does not hold. */
export async function insertObject(store: Store, object: NewObject): Promise<ObjectRecord> {
  checkName(object.name);
  // Asked before the bytes are written, to be quick; and after, because others write meanwhile.
  checkPreconditions(
    object.conditions,
    findObject(store.bucket(object.bucket), object.name),
    'write',
  );
  const crc32c = crc32cBase64(object.bytes);
  const md5 = createHash('md5').update(object.bytes).digest('base64');
  checkHash('CRC32C', object.expected?.crc32c, crc32c);
  checkHash('MD5', object.expected?.md5, md5);
  const contentId = await store.keepContent(object.bytes);
  try {
    const bucket = store.bucket(object.bucket);
    const previous = findObject(bucket, object.name);
    checkPreconditions(object.conditions, previous, 'write');
    const nowMs = store.now();
    const record: ObjectRecord = {
      bucket: object.bucket,
      name: object.name,
      generation: store.nextGeneration(),
      metageneration: 1,
      contentId,
      sizeBytes: object.bytes.length,
      crc32c,
      ...(object.componentCount === undefined
        ? { md5 }
        : { componentCount: object.componentCount }),
      createdMs: nowMs,
      updatedMs: nowMs,
      fields: withStorageClass(bucket, object.fields),
      ...(object.uploadId !== undefined && { uploadId: object.uploadId }),
    };
    const retired = previous ? retire(store, bucket, previous, record.generation) : NOTHING;
    await store.commit(
      [...retired.changes, { kind: 'object', object: record }],
      [
        ...retired.events,
        {
          type: 'OBJECT_FINALIZE',
          object: record,
          ...(previous && { overwrites: previous.generation }),
        },
      ],
    );
    return record;
  } catch (error) {
    if (error instanceof StorageError) await store.discardContent(contentId);
    throw error;
  }
}

/** An object has the storage class of its bucket unless it is given another. */
function withStorageClass({ record }: BucketState, fields: ObjectFields): ObjectFields {
  const storageClass = fields.storageClass ?? record.fields.storageClass;
  return typeof storageClass === 'string' ? { ...fields, storageClass } : fields;
}

/** The object asked for; throws 404, 412 or 304. */
export function getObject(
  store: Store,
  bucketName: string,
  name: string,
  generation: number | undefined,
  conditions: Preconditions,
): ObjectRecord {
  const object = existing(store.bucket(bucketName), name, generation);
  checkPreconditions(conditions, object, 'read');
  return object;
}

/** Replaces what a caller may set; `change` gets the old fields. */
export async function updateObject(
  store: Store,
  bucketName: string,
  name: string,
  generation: number | undefined,
  conditions: Preconditions,
  change: (fields: ObjectFields) => ObjectFields,
): Promise<ObjectRecord> {
  const object = existing(store.bucket(bucketName), name, generation);
  checkPreconditions(conditions, object, 'write');
  const updated: ObjectRecord = {
    ...object,
    fields: change(object.fields),
    metageneration: object.metageneration + 1,
    updatedMs: store.now(),
  };
  await store.commit(
    [{ kind: 'object', object: updated }],
    [{ type: 'OBJECT_METADATA_UPDATE', object: updated }],
  );
  return updated;
}

/** Without a generation, in a bucket with versions, the live one becomes noncurrent. */
export async function deleteObject(
  store: Store,
  bucketName: string,
  name: string,
  generation: number | undefined,
  conditions: Preconditions,
): Promise<void> {
  const bucket = store.bucket(bucketName);
  const object = existing(bucket, name, generation);
  checkPreconditions(conditions, object, 'write');
  const { changes, events } =
    generation === undefined ? retire(store, bucket, object) : remove(object);
  await store.commit(changes, events);
}

/** The bytes of up to 32 objects, one after another, as a new object. */
export async function composeObject(
  store: Store,
  sources: readonly {
    readonly name: string;
    readonly generation: number | undefined;
    readonly conditions: Preconditions;
  }[],
  destination: Omit<NewObject, 'bytes' | 'componentCount'>,
): Promise<ObjectRecord> {
  if (sources.length === 0 || MAX_COMPOSE_SOURCES < sources.length) {
    throw invalid(
      `The number of source components provided (${sources.length}) is not in [1, ${MAX_COMPOSE_SOURCES}]`,
    );
  }
  const bucket = store.bucket(destination.bucket);
  const parts = sources.map(({ name, generation, conditions }) => {
    const object = existing(bucket, name, generation);
    checkPreconditions(conditions, object, 'write');
    return object;
  });
  const bytes = Buffer.concat(await Promise.all(parts.map((part) => store.readContent(part))));
  const componentCount = parts.reduce((sum, part) => sum + (part.componentCount ?? 1), 0);
  return insertObject(store, { ...destination, bytes, componentCount });
}

/** Copies, then removes the source in its own step, as a rename needs. */
export async function moveObject(
  store: Store,
  source: ObjectRecord,
  destination: Omit<NewObject, 'bytes'>,
): Promise<ObjectRecord> {
  const bytes = await store.readContent(source);
  const moved = await insertObject(store, { ...destination, bytes });
  await deleteObject(store, source.bucket, source.name, undefined, {
    generationMatch: source.generation,
  });
  return moved;
}

interface Step {
  readonly changes: readonly Change[];
  readonly events: readonly StoreEvent[];
}

const NOTHING: Step = { changes: [], events: [] };

/** The live version gives way: kept as noncurrent where the bucket has versioning, else removed. */
function retire(store: Store, bucket: BucketState, live: ObjectRecord, by?: number): Step {
  const overwritten = by === undefined ? {} : { overwrittenBy: by };
  const versioning = bucket.record.fields.versioning as { enabled?: boolean } | undefined;
  if (versioning?.enabled !== true) return remove(live, by);
  const archived: ObjectRecord = { ...live, deletedMs: store.now() };
  return {
    changes: [{ kind: 'object', object: archived }],
    events: [{ type: 'OBJECT_ARCHIVE', object: archived, ...overwritten }],
  };
}

function remove(object: ObjectRecord, by?: number): Step {
  const { bucket, name, generation } = object;
  return {
    changes: [{ kind: 'object-deleted', bucket, name, generation }],
    events: [{ type: 'OBJECT_DELETE', object, ...(by === undefined ? {} : { overwrittenBy: by }) }],
  };
}

function existing(bucket: BucketState, name: string, generation?: number): ObjectRecord {
  const object = findObject(bucket, name, generation);
  if (!object) throw noObject(bucket.record.name, name);
  return object;
}

/** Source: https://cloud.google.com/storage/docs/objects#naming */
function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  const isAllowed =
    0 < bytes && bytes <= MAX_NAME_BYTES && !/[\r\n]/.test(name) && name !== '.' && name !== '..';
  if (!isAllowed || name.startsWith('.well-known/acme-challenge/')) {
    throw invalid(`Invalid object name: ${JSON.stringify(name.slice(0, 80))}`);
  }
}

function checkHash(kind: 'CRC32C' | 'MD5', provided: string | undefined, calculated: string): void {
  if (provided !== undefined && provided !== calculated) {
    throw invalid(
      `Provided ${kind} "${provided}" doesn't match calculated ${kind} "${calculated}".`,
    );
  }
}
