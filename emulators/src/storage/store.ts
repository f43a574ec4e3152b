import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Contents, diskContents, memoryContents, removeOrphans } from './contents.ts';
import { noBucket } from './errors.ts';
import { memoryJournal, openJournal } from './journal.ts';
import { checkLimits, type StorageLimits, usageAfter } from './limits.ts';
import type { EventType, Notify } from './notifications.ts';
import {
  applyChange,
  type BucketState,
  type Change,
  changesOf,
  emptyState,
  type ObjectRecord,
  type StorageState,
  versionsOf,
} from './state.ts';
import { noUploadFolder, type UploadFolder, uploadFolder } from './upload-folder.ts';

/** The state, the bytes and the clock, as the operations need them. */
export interface Store {
  readonly state: StorageState;
  /** Where uploads under way outlive the process. */
  readonly uploads: UploadFolder;
  now(): number;
  /** A number above all given before; microseconds of the clock where that allows. */
  nextGeneration(): number;
  /** Throws 404 if there is none. */
  bucket(name: string): BucketState;
  readContent(object: ObjectRecord): Promise<Buffer>;
  /** Keeps bytes that no object has yet; `commit` or `discard` follows. */
  keepContent(bytes: Buffer): Promise<string>;
  discardContent(id: string): Promise<void>;
  /** Throws 429 when there is too much already. Applies the changes at once, and resolves when they are durable and their events are out. */
  commit(changes: readonly Change[], events?: readonly StoreEvent[]): Promise<void>;
  close(): Promise<void>;
}

export interface StoreEvent {
  readonly type: EventType;
  readonly object: ObjectRecord;
  readonly overwrites?: number;
  readonly overwrittenBy?: number;
}

/** Opens the store: in memory, or in a folder where it outlives the process. */
export async function openStore(
  dataDir: string | undefined,
  now: () => number,
  limits: StorageLimits,
  notify: Notify,
): Promise<Store> {
  const { contents, journal, state, uploads } = await open(dataDir);
  let usage = usageAfter({ buckets: 0, objects: 0, bytes: 0 }, emptyState(), changesOf(state));
  let lastGeneration = 0;
  for (const bucket of state.buckets.values()) {
    lastGeneration = Math.max(lastGeneration, bucket.record.generation);
    for (const name of bucket.objects.keys()) {
      for (const { generation } of versionsOf(bucket, name)) {
        lastGeneration = Math.max(lastGeneration, generation);
      }
    }
  }
  return {
    state,
    uploads,
    now,
    nextGeneration() {
      lastGeneration = Math.max(lastGeneration + 1, Math.floor(now() * 1000));
      return lastGeneration;
    },
    bucket(name) {
      const bucket = state.buckets.get(name);
      if (!bucket) throw noBucket();
      return bucket;
    },
    readContent: (object) => contents.read(object.contentId),
    async keepContent(bytes) {
      const id = randomUUID();
      await contents.write(id, bytes);
      return id;
    },
    discardContent: (id) => contents.remove(id),
    async commit(changes, events = []) {
      const after = usageAfter(usage, state, changes);
      checkLimits(limits, usage, after);
      usage = after;
      const dropped = changes.flatMap((change) => contentDroppedBy(state, change));
      for (const change of changes) applyChange(state, change);
      await journal.append(changes);
      for (const id of dropped) await contents.remove(id);
      for (const event of events) notify(event, state.buckets.get(event.object.bucket)?.record);
    },
    close: () => journal.close(),
  };
}

async function open(dataDir: string | undefined) {
  if (dataDir === undefined) {
    return {
      contents: memoryContents(),
      journal: memoryJournal,
      state: emptyState(),
      uploads: noUploadFolder,
    };
  }
  const { journal, state } = await openJournal(dataDir);
  const folder = join(dataDir, 'contents');
  const contents: Contents = await diskContents(folder);
  const known = new Set<string>();
  for (const bucket of state.buckets.values()) {
    for (const name of bucket.objects.keys()) {
      for (const { contentId } of versionsOf(bucket, name)) known.add(contentId);
    }
  }
  await removeOrphans(folder, known);
  return { contents, journal, state, uploads: await uploadFolder(join(dataDir, 'uploads')) };
}

function contentDroppedBy(state: StorageState, change: Change): string[] {
  if (change.kind !== 'object-deleted') return [];
  const bucket = state.buckets.get(change.bucket);
  return bucket
    ? versionsOf(bucket, change.name)
        .filter(({ generation }) => generation === change.generation)
        .map(({ contentId }) => contentId)
    : [];
}
