/** Pure bookkeeping: which buckets and object versions there are. Bytes are kept elsewhere. */
export interface StorageState {
  readonly buckets: Map<string, BucketState>;
}

export interface BucketState {
  record: BucketRecord;
  readonly objects: Map<string, ObjectVersions>;
  /** Names in the order of listings; undefined after a name came or went. */
  sortedNames: string[] | undefined;
}

export interface ObjectVersions {
  live: ObjectRecord | undefined;
  /** Oldest first. */
  archived: ObjectRecord[];
}

export interface BucketRecord {
  readonly name: string;
  readonly project: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** What the caller may set: labels, versioning, storage class… */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly notifications: readonly NotificationRecord[];
  /** Absent until one is set. */
  readonly policy?: PolicyRecord;
}

export interface PolicyRecord {
  readonly version: unknown;
  readonly bindings: readonly unknown[];
  /** How often one was set. */
  readonly count: number;
}

export interface NotificationRecord {
  readonly id: string;
  /** `projects/P/topics/T`. */
  readonly topic: string;
  readonly payloadFormat: 'JSON_API_V1' | 'NONE';
  /** Empty: all. */
  readonly eventTypes: readonly string[];
  readonly objectNamePrefix: string;
  readonly customAttributes: Readonly<Record<string, string>>;
}

export interface ObjectRecord {
  readonly bucket: string;
  readonly name: string;
  readonly generation: number;
  readonly metageneration: number;
  /** Where the bytes are. */
  readonly contentId: string;
  readonly sizeBytes: number;
  readonly crc32c: string;
  /** Absent on composed objects, as at Google. */
  readonly md5?: string;
  readonly componentCount?: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Set when a newer version or a deletion made this one noncurrent. */
  readonly deletedMs?: number;
  readonly fields: ObjectFields;
  /** Of the resumable upload that brought it. */
  readonly uploadId?: string;
}

/** What the caller may set on an object. */
export interface ObjectFields {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly customTime?: string;
  readonly storageClass?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One step of history. Applying all of them in order gives the state back. */
export type Change =
  | { readonly kind: 'bucket'; readonly bucket: BucketRecord }
  | { readonly kind: 'bucket-deleted'; readonly name: string }
  | { readonly kind: 'object'; readonly object: ObjectRecord }
  | {
      readonly kind: 'object-deleted';
      readonly bucket: string;
      readonly name: string;
      readonly generation: number;
    };

export function emptyState(): StorageState {
  return { buckets: new Map() };
}

export function applyChange(state: StorageState, change: Change): void {
  switch (change.kind) {
    case 'bucket': {
      const known = state.buckets.get(change.bucket.name);
      if (known) known.record = change.bucket;
      else {
        state.buckets.set(change.bucket.name, {
          record: change.bucket,
          objects: new Map(),
          sortedNames: [],
        });
      }
      return;
    }
    case 'bucket-deleted':
      state.buckets.delete(change.name);
      return;
    case 'object':
      putVersion(state, change.object);
      return;
    case 'object-deleted':
      dropVersion(state, change.bucket, change.name, change.generation);
  }
}

/** The changes that would build the state anew. */
export function* changesOf(state: StorageState): Generator<Change> {
  for (const { record, objects } of state.buckets.values()) {
    yield { kind: 'bucket', bucket: record };
    for (const { live, archived } of objects.values()) {
      for (const object of archived) yield { kind: 'object', object };
      if (live) yield { kind: 'object', object: live };
    }
  }
}

/** Every version of every object. */
export function* allObjects(state: StorageState): Generator<ObjectRecord> {
  for (const change of changesOf(state)) if (change.kind === 'object') yield change.object;
}

export function versionsOf(bucket: BucketState, name: string): readonly ObjectRecord[] {
  const versions = bucket.objects.get(name);
  if (!versions) return [];
  return versions.live ? [...versions.archived, versions.live] : versions.archived;
}

/** The live version, or the given generation of any age. */
export function findObject(
  bucket: BucketState,
  name: string,
  generation?: number,
): ObjectRecord | undefined {
  if (generation === undefined) return bucket.objects.get(name)?.live;
  return versionsOf(bucket, name).find((version) => version.generation === generation);
}

export function namesInOrder(bucket: BucketState): readonly string[] {
  bucket.sortedNames ??= [...bucket.objects.keys()].sort(compareUtf8);
  return bucket.sortedNames;
}

/** Order of the UTF-8 bytes, which listings follow; JavaScript's own differs above U+FFFF. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) {
      const aIsSurrogate = 0xd800 <= a && a <= 0xdfff;
      const bIsSurrogate = 0xd800 <= b && b <= 0xdfff;
      if (aIsSurrogate !== bIsSurrogate) return aIsSurrogate ? 1 : -1;
      return a - b;
    }
  }
  return left.length - right.length;
}

function putVersion(state: StorageState, object: ObjectRecord): void {
  const bucket = state.buckets.get(object.bucket);
  if (!bucket) return;
  let versions = bucket.objects.get(object.name);
  if (!versions) {
    versions = { live: undefined, archived: [] };
    bucket.objects.set(object.name, versions);
    bucket.sortedNames = undefined;
  }
  versions.archived = versions.archived.filter(
    ({ generation }) => generation !== object.generation,
  );
  if (object.deletedMs === undefined) versions.live = object;
  else {
    if (versions.live?.generation === object.generation) versions.live = undefined;
    versions.archived.push(object);
    versions.archived.sort((a, b) => a.generation - b.generation);
  }
}

function dropVersion(state: StorageState, bucketName: string, name: string, generation: number) {
  const bucket = state.buckets.get(bucketName);
  const versions = bucket?.objects.get(name);
  if (!bucket || !versions) return;
  if (versions.live?.generation === generation) versions.live = undefined;
  versions.archived = versions.archived.filter((version) => version.generation !== generation);
  if (!versions.live && versions.archived.length === 0) {
    bucket.objects.delete(name);
    bucket.sortedNames = undefined;
  }
}
