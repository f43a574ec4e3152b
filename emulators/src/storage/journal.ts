import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from './contents.ts';
import { applyChange, type Change, changesOf, emptyState, type StorageState } from './state.ts';

const HEADER = '{"format":"storage-emulator-journal","version":1}\n';

/** Remembers changes. */
export interface Journal {
  /** Resolves when the changes would survive a crash. Changes are kept in the order of the calls. */
  append(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

export const memoryJournal: Journal = {
  async append() {},
  async close() {},
};

/**
 * Opens the journal of a data folder, and gives back the state it tells of.
 *
 * A torn last line (a crash in the middle of a write that was never acknowledged) is dropped. The file
 * is rewritten at every start, so that it grows with the state and not with history.
 *
 * Throws if another process has the folder open, or if a line before the last is damaged.
 */
export async function openJournal(
  folder: string,
): Promise<{ journal: Journal; state: StorageState }> {
  await mkdir(folder, { recursive: true });
  const unlock = await lock(folder);
  try {
    const path = join(folder, 'journal.ndjson');
    const state = emptyState();
    if (existsSync(path)) replay(state, await readFile(path, 'utf8'), path);
    await rewrite(path, state);
    return { state, journal: appendTo(path, await open(path, 'a'), unlock) };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** The state alone, without the history that led to it. */
async function rewrite(path: string, state: StorageState): Promise<void> {
  const lines = [...changesOf(state)].map((change) => `${JSON.stringify(change)}\n`);
  const fresh = await open(`${path}.new`, 'w');
  try {
    await fresh.writeFile(HEADER + lines.join(''));
    await fresh.sync();
  } finally {
    await fresh.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

function appendTo(path: string, file: FileHandle, unlock: () => Promise<void>): Journal {
  let waiting: { text: string; done: PromiseWithResolvers<void> }[] = [];
  let writing: Promise<void> | undefined;
  let failure: Error | undefined;
  return {
    append(changes) {
      if (failure) return Promise.reject(failure);
      const done = Promise.withResolvers<void>();
      waiting.push({
        text: changes.map((change) => `${JSON.stringify(change)}\n`).join(''),
        done,
      });
      writing ??= writeWaiting();
      return done.promise;
    },
    async close() {
      await writing;
      await file.close();
      await unlock();
    },
  };

  /** One sync serves all that gathered during the one before. */
  async function writeWaiting(): Promise<void> {
    while (0 < waiting.length) {
      const batch = waiting;
      waiting = [];
      try {
        if (failure) throw failure;
        await file.appendFile(batch.map(({ text }) => text).join(''));
        await file.datasync();
        for (const { done } of batch) done.resolve();
      } catch (cause) {
        // What is on disk after a failed write is unknown: accept nothing more.
        failure ??= new Error(`cannot write ${path}`, { cause });
        for (const { done } of batch) done.reject(failure);
      }
    }
    writing = undefined;
  }
}

function replay(state: StorageState, text: string, path: string): void {
  if (!text.startsWith(HEADER)) {
    throw new Error(`${path} is not a journal of this emulator (version 1): choose another folder`);
  }
  const lines = text.slice(HEADER.length).split('\n');
  // After the last newline is nothing, or a line that a crash cut short.
  lines.pop();
  for (const [index, line] of lines.entries()) {
    let change: Change;
    try {
      change = JSON.parse(line) as Change;
    } catch (cause) {
      throw new Error(`${path}:${index + 2} is damaged`, { cause });
    }
    applyChange(state, change);
  }
}

/** Two processes appending to one journal would lose both their states. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  if (existsSync(path)) {
    const owner = Number(await readFile(path, 'utf8'));
    // In a container every run may have the same process id, so our own proves nothing.
    if (owner === process.pid ? foldersOpenHere.has(path) : isRunning(owner)) {
      throw new Error(`${folder} is in use by process ${owner}; if it is not ours, delete ${path}`);
    }
  }
  await writeFile(path, String(process.pid));
  foldersOpenHere.add(path);
  return async () => {
    foldersOpenHere.delete(path);
    await rm(path, { force: true });
  };
}

const foldersOpenHere = new Set<string>();

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Killed, but its parent has not asked how it ended: it still has its number. Known on Linux only. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
