import { setTimeout as delay } from 'node:timers/promises';
import type { Bucket } from '@google-cloud/storage';
import {
  type ModelPointer,
  type PointerRole,
  parsePointer,
  pointerPath,
  type VersionFile,
  type VersionReference,
  versionPath,
} from './model-pointer.ts';
import { ModelRefused } from './model-refused.ts';

/** Largest model.json that is downloaded: 100 trees of 256 samples for 20 models are below 10 MB. */
export const MAX_MODEL_BYTES = 32 * 1024 * 1024;

export interface StoredPointer {
  readonly pointer: ModelPointer;
  /** Of the object in Cloud Storage; changes with every write. */
  readonly generation: string;
}

/** What Cloud Storage keeps of one model: immutable versions, and pointers that say which one plays which role. */
export interface ModelStore {
  readonly name: string;
  /** Null if there is none. Cheap: asks for metadata only. */
  pointerGeneration(role: PointerRole): Promise<string | null>;
  /** @throws ModelRefused `pointer` if it is not a pointer */
  readPointer(role: PointerRole): Promise<StoredPointer | null>;
  /**
   * Writes a pointer if it is still of the generation given ('0': if there is still none).
   * False: another writer was first, and its pointer stands.
   */
  writePointer(role: PointerRole, pointer: ModelPointer, ifGeneration: string): Promise<boolean>;
  /** Removes a pointer if it is still of the generation given. False: another writer was first. */
  removePointer(role: PointerRole, ifGeneration: string): Promise<boolean>;
  /** @throws ModelRefused `missing` or `size` */
  readModel(reference: VersionReference): Promise<Buffer>;
  /** A file of a version as text, null if there is none. */
  readFile(version: string, file: VersionFile): Promise<string | null>;
  /** Writes a file of a version once. Writing it again is an error unless it holds the same content. */
  writeFile(version: string, file: VersionFile, content: Buffer): Promise<void>;
  /** Names of the stored versions, oldest first. */
  listVersions(): Promise<string[]>;
}

export function openModelStore(bucket: Bucket, name: string): ModelStore {
  return {
    name,
    async pointerGeneration(role) {
      const found = await unlessMissing(bucket.file(pointerPath(name, role)).getMetadata());
      return found === null ? null : String(found[0].generation);
    },
    async readPointer(role) {
      // Between asking for the generation and reading it, another writer may have replaced the object.
      for (let attempt = 0; attempt < 5; attempt++) {
        const generation = await this.pointerGeneration(role);
        if (generation === null) return null;
        const file = bucket.file(pointerPath(name, role), { generation });
        const found = await unlessMissing(file.download());
        if (found !== null) {
          return { pointer: parsePointer(found[0].toString('utf8'), name), generation };
        }
        await delay(20);
      }
      throw new Error(`${pointerPath(name, role)} changed at every one of 5 attempts to read it`);
    },
    writePointer(role, pointer, ifGeneration) {
      return unlessRaced(
        bucket.file(pointerPath(name, role)).save(`${JSON.stringify(pointer, null, 2)}\n`, {
          resumable: false,
          contentType: 'application/json',
          preconditionOpts: { ifGenerationMatch: ifGeneration },
          metadata: { cacheControl: 'no-store' },
        }),
      );
    },
    removePointer(role, ifGeneration) {
      return unlessRaced(
        bucket.file(pointerPath(name, role)).delete({ ifGenerationMatch: ifGeneration }),
      );
    },
    async readModel(reference) {
      const path = versionPath(name, reference.version, 'model.json');
      const file = bucket.file(path);
      const metadata = await unlessMissing(file.getMetadata());
      if (metadata === null) throw new ModelRefused('missing', `${path} is not in the bucket`);
      const sizeBytes = Number(metadata[0].size);
      if (sizeBytes !== reference.size_bytes || MAX_MODEL_BYTES < sizeBytes) {
        const wanted = `${reference.size_bytes}, at most ${MAX_MODEL_BYTES}`;
        throw new ModelRefused('size', `${path} has ${sizeBytes} bytes, wanted ${wanted}`);
      }
      // The pointer's SHA-256 is checked by whoever asked: a checksum of the transfer adds nothing to it.
      return (await file.download({ validation: false }))[0];
    },
    async readFile(version, file) {
      const found = await unlessMissing(bucket.file(versionPath(name, version, file)).download());
      return found === null ? null : found[0].toString('utf8');
    },
    async writeFile(version, file, content) {
      const path = versionPath(name, version, file);
      const isNew = await unlessRaced(
        bucket.file(path).save(content, {
          resumable: false,
          contentType: file.endsWith('.md') ? 'text/markdown; charset=utf-8' : 'application/json',
          preconditionOpts: { ifGenerationMatch: 0 },
        }),
      );
      // A retry whose first attempt did reach the bucket finds its own content.
      if (!isNew && !(await bucket.file(path).download())[0].equals(content)) {
        throw new Error(`${path} exists with other content: a model version is never changed`);
      }
    },
    async listVersions() {
      const prefix = `models/${name}/versions/`;
      const [files] = await bucket.getFiles({ prefix });
      const names = files.map((file) => file.name.slice(prefix.length).split('/', 1)[0] ?? '');
      return [...new Set(names)].sort();
    },
  };
}

async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asked;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** True if the write was done, false if its precondition did not hold. */
async function unlessRaced(written: Promise<unknown>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (statusOf(error) === 412) return false;
    throw error;
  }
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
