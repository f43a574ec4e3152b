import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a journal remembers of a broker: one entry is one JSON array, a kind and its fields. */
export type Entry =
  | readonly ['subscribe', clientId: string, topic: string, qos: number]
  | readonly ['unsubscribe', clientId: string, topic: string]
  | readonly ['forget', clientId: string]
  /** An empty payload takes the retained message away. */
  | readonly ['retain', topic: string, payload: string, qos: number]
  | readonly [
      'queue',
      key: string,
      clientIds: readonly string[],
      topic: string,
      payload: string,
      qos: number,
    ]
  | readonly ['done', clientId: string, key: string];

/** A file that only grows, until it is written anew. */
export interface Journal {
  /** Resolves when the entry would outlive this process. */
  append(entry: Entry): Promise<void>;
  /** Bytes since it was last written anew. */
  sizeBytes(): number;
  /** Replaces all entries, at once or not at all. */
  rewrite(entries: Iterable<Entry>): void;
  close(): void;
}

const NAME = 'broker.journal';
const CHUNK_BYTES = 1_000_000;

/** The entries that a folder's journal holds. A last line that was cut off in the middle is left out. */
export function readJournal(folder: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(join(folder, NAME), 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n');
  // What follows the last line feed is empty, or was being written when the process died.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Entry);
}

/**
 * Opens a folder's journal with these entries alone.
 *
 * Entries of one turn of the event loop are written together. They are with the operating system when `append`
 * resolves: they outlive the process, though not a power cut.
 */
export function openJournal(folder: string, entries: Iterable<Entry>): Journal {
  let file = write(folder, entries);
  let sizeBytes = 0;
  let lines: string[] = [];
  let flushed: Promise<void> | undefined;

  return {
    append(entry) {
      lines.push(JSON.stringify(entry));
      flushed ??= new Promise((resolve, reject) => {
        setImmediate(() => {
          try {
            flush();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
      return flushed;
    },
    sizeBytes: () => sizeBytes,
    rewrite(all) {
      flush();
      const old = file;
      file = write(folder, all);
      closeSync(old);
      sizeBytes = 0;
    },
    close() {
      flush();
      closeSync(file);
    },
  };

  function flush(): void {
    flushed = undefined;
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    writeSync(file, text);
    sizeBytes += text.length;
  }
}

/** Writes a new file beside the old one and puts it in its place. */
function write(folder: string, entries: Iterable<Entry>): number {
  const path = join(folder, NAME);
  const file = openSync(`${path}.new`, 'w');
  let text = '';
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    if (text.length < CHUNK_BYTES) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  renameSync(`${path}.new`, path);
  return file;
}
