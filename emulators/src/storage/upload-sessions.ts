import { randomUUID } from 'node:crypto';
import { StorageError } from './errors.ts';
import { tooLarge } from './http.ts';
import { checkLimit, type StorageLimits } from './limits.ts';
import type { NewObject } from './objects.ts';
import type { ObjectRecord } from './state.ts';
import type { UploadFolder } from './upload-folder.ts';
import { wholeChunks } from './uploads.ts';

// https://cloud.google.com/storage/docs/resumable-uploads#session-uris
const WEEK_MS = 7 * 24 * 3_600_000;

/** A resumable upload. */
export interface UploadSession {
  readonly id: string;
  readonly target: Omit<NewObject, 'bytes'>;
  readonly openedMs: number;
  chunks: Buffer[];
  receivedBytes: number;
  /** How many of them outlive the process. */
  keptBytes: number;
  /** Once it is complete: the session answers for it, as the reply may be lost and asked for again. */
  object: ObjectRecord | undefined;
  /** Requests of one session run one after another. */
  tail: Promise<unknown>;
}

export interface UploadSessions {
  /** Throws 429 if there are too many. */
  open(target: Omit<NewObject, 'bytes'>): Promise<UploadSession>;
  /** Throws 404 for one that is not known, or no more. */
  find(id: string): UploadSession;
  /** Resolves when what was received would survive a crash. */
  keep(session: UploadSession): Promise<void>;
  finish(session: UploadSession, object: ObjectRecord): Promise<void>;
  drop(session: UploadSession): Promise<void>;
  /** Throws 413 if an object, 429 if all uploads together may not have so many bytes. */
  checkRoom(session: UploadSession, sizeBytes: number): void;
}

export interface UploadOptions {
  readonly folder: UploadFolder;
  readonly limits: StorageLimits;
  /** Of one object, and of all unfinished uploads together. */
  readonly maxBytes: number;
  readonly now: () => number;
  /** The objects that there are, to know which uploads were completed just before a crash. */
  readonly objects: Iterable<ObjectRecord>;
}

/** Takes up the uploads of the folder, and keeps new ones there for a week, as Google does. */
export async function openUploadSessions(options: UploadOptions): Promise<UploadSessions> {
  const { folder, limits, maxBytes, now } = options;
  const sessions = new Map<string, UploadSession>();
  await load();
  return {
    async open(target) {
      await dropOld();
      const underWay = Array.from(sessions.values()).filter(({ object }) => !object);
      checkLimit(limits, 'uploads', underWay.length + 1);
      const kept = { id: randomUUID(), target, openedMs: now() };
      const session = begin(kept, Buffer.alloc(0));
      await folder.keep(kept);
      return session;
    },
    find(id) {
      const session = sessions.get(id);
      if (!session || isOver(session)) {
        throw new StorageError(404, 'notFound', 'No such upload session: start the upload again');
      }
      return session;
    },
    async keep(session) {
      const { id, keptBytes, receivedBytes, chunks } = session;
      if (keptBytes === receivedBytes) return;
      await folder.append(id, keptBytes, after(chunks, keptBytes));
      session.keptBytes = receivedBytes;
    },
    async finish(session, object) {
      session.object = object;
      session.chunks = [];
      session.receivedBytes = 0;
      await folder.removeBytes(session.id);
    },
    drop,
    checkRoom(session, sizeBytes) {
      if (maxBytes < sizeBytes) throw tooLarge(maxBytes);
      let heldBytes = sizeBytes;
      for (const other of sessions.values())
        if (other !== session) heldBytes += other.receivedBytes;
      if (heldBytes <= maxBytes) return;
      throw new StorageError(
        429,
        'rateLimitExceeded',
        `Unfinished uploads of this emulator hold at most ${maxBytes} bytes (maxObjectBytes)`,
      );
    },
  };

  async function load(): Promise<void> {
    const completed = new Map<string, ObjectRecord>();
    for (const object of options.objects) {
      if (object.uploadId !== undefined) completed.set(object.uploadId, object);
    }
    for (const { bytes, ...kept } of await folder.load()) {
      const session = begin(kept, bytes);
      session.object = completed.get(kept.id);
    }
    await dropOld();
  }

  function begin(
    kept: { id: string; target: Omit<NewObject, 'bytes'>; openedMs: number },
    bytes: Buffer,
  ): UploadSession {
    const receivedBytes = wholeChunks(bytes.length);
    const session: UploadSession = {
      ...kept,
      chunks: [bytes.subarray(0, receivedBytes)],
      receivedBytes,
      keptBytes: receivedBytes,
      object: undefined,
      tail: Promise.resolve(),
    };
    sessions.set(session.id, session);
    return session;
  }

  function isOver({ openedMs }: UploadSession): boolean {
    return openedMs + WEEK_MS <= now();
  }

  async function drop({ id }: UploadSession): Promise<void> {
    sessions.delete(id);
    await folder.remove(id);
  }

  /** Those of more than a week ago, and of the complete ones all but the newest. */
  async function dropOld(): Promise<void> {
    const complete = Array.from(sessions.values()).filter(({ object }) => object);
    const surplus = new Set(complete.slice(0, Math.max(0, complete.length - limits.uploads)));
    for (const session of sessions.values()) {
      if (isOver(session) || surplus.has(session)) await drop(session);
    }
  }
}

/** What follows the first `sizeBytes` of them. */
function after(chunks: readonly Buffer[], sizeBytes: number): Buffer[] {
  let at = 0;
  return chunks.flatMap((chunk) => {
    const start = Math.max(0, sizeBytes - at);
    at += chunk.length;
    return start < chunk.length ? [chunk.subarray(start)] : [];
  });
}
