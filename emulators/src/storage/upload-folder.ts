import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './contents.ts';
import type { NewObject } from './objects.ts';

/** What is kept of a resumable upload when it is opened; its bytes follow. */
export interface KeptUpload {
  readonly id: string;
  readonly target: Omit<NewObject, 'bytes'>;
  readonly openedMs: number;
}

/** Where uploads under way outlive the process. Each call resolves when it would survive a crash. */
export interface UploadFolder {
  keep(upload: KeptUpload): Promise<void>;
  /** Adds bytes to those that are kept, which are `start` many. */
  append(id: string, start: number, bytes: readonly Buffer[]): Promise<void>;
  /** Leaves what it was for. */
  removeBytes(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** All that was kept, oldest first. */
  load(): Promise<(KeptUpload & { readonly bytes: Buffer })[]>;
}

export const noUploadFolder: UploadFolder = {
  async keep() {},
  async append() {},
  async removeBytes() {},
  async remove() {},
  load: async () => [],
};

/** Two files an upload: what it is for, and the bytes so far. */
export async function uploadFolder(folder: string): Promise<UploadFolder> {
  await mkdir(folder, { recursive: true });
  const about = (id: string) => join(folder, `${id}.json`);
  const content = (id: string) => join(folder, `${id}.bytes`);
  return {
    async keep(upload) {
      await writeSynced(`${about(upload.id)}.new`, 'w', [Buffer.from(JSON.stringify(upload))]);
      await rename(`${about(upload.id)}.new`, about(upload.id));
      await syncFolder(folder);
    },
    async append(id, start, bytes) {
      await writeSynced(content(id), start === 0 ? 'w' : 'r+', bytes, start);
      if (start === 0) await syncFolder(folder);
    },
    removeBytes: (id) => rm(content(id), { force: true }),
    async remove(id) {
      await rm(about(id), { force: true });
      await rm(content(id), { force: true });
    },
    async load() {
      const names = await readdir(folder);
      const ids = names.flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? []);
      const known = new Set(ids.flatMap((id) => [`${id}.json`, `${id}.bytes`]));
      for (const name of names) if (!known.has(name)) await rm(join(folder, name));
      const uploads = await Promise.all(
        ids.map(async (id) => ({
          ...(JSON.parse(await readFile(about(id), 'utf8')) as KeptUpload),
          bytes: names.includes(`${id}.bytes`) ? await readFile(content(id)) : Buffer.alloc(0),
        })),
      );
      return uploads.sort((a, b) => a.openedMs - b.openedMs);
    },
  };
}

async function writeSynced(
  path: string,
  flags: string,
  bytes: readonly Buffer[],
  start = 0,
): Promise<void> {
  const file = await open(path, flags);
  try {
    let at = start;
    for (const part of bytes) {
      await file.write(part, 0, part.length, at);
      at += part.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
