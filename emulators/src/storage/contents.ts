import { mkdir, open, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the bytes of objects are, by content id. */
export interface Contents {
  /** Resolves when the bytes are as safe as this place can make them. */
  write(id: string, bytes: Buffer): Promise<void>;
  read(id: string): Promise<Buffer>;
  remove(id: string): Promise<void>;
}

export function memoryContents(): Contents {
  const contents = new Map<string, Buffer>();
  return {
    async write(id, bytes) {
      contents.set(id, bytes);
    },
    async read(id) {
      const bytes = contents.get(id);
      if (!bytes) throw new Error(`content ${id} is gone`);
      return bytes;
    },
    async remove(id) {
      contents.delete(id);
    },
  };
}

/** One file per object version, synced before `write` resolves. */
export async function diskContents(folder: string): Promise<Contents> {
  await mkdir(folder, { recursive: true });
  return {
    async write(id, bytes) {
      const file = await open(join(folder, id), 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(folder);
    },
    read: (id) => readFile(join(folder, id)),
    remove: (id) => rm(join(folder, id), { force: true }),
  };
}

/** Removes the files of writes that a crash kept from being recorded. */
export async function removeOrphans(folder: string, known: ReadonlySet<string>): Promise<void> {
  for (const id of await readdir(folder)) {
    if (!known.has(id)) await unlink(join(folder, id));
  }
}

/** A new file survives a power cut only when its folder was synced too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
