import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeEvent, encodeEvent } from './event-codec.ts';
import type { StateEvent } from './events.ts';
import type { Message } from './message.ts';

/** The directories that this process has open: its own pid in a lock file says nothing. */
const OPEN_HERE = new Set<string>();
const HEADER = '{"format":"pubsub-log","version":1}';
/** Shorter logs are not worth rewriting. */
const MIN_COMPACTION_BYTES = 64_000_000;

/**
 * Keeps events in a file, each line with its checksum, so that a state can be made again after the
 * process was killed at any moment. Lines are handed to the operating system before `flushed`
 * resolves; they are not forced to the disk, so a power failure may cost the last moments.
 *
 * The log is rewritten as the shortest one that gives the same state when it starts, and whenever
 * it has doubled.
 */
export class Journal {
  readonly #directory: string;
  readonly #file: string;
  readonly #minCompactionBytes: number;
  #isOpen = true;
  #handle: FileHandle | undefined;
  #currentEvents: () => Iterable<StateEvent> = () => [];
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #writtenBytes = 0;
  #compactedBytes = 0;

  private constructor(directory: string, minCompactionBytes: number) {
    this.#directory = directory;
    this.#minCompactionBytes = minCompactionBytes;
    this.#file = join(directory, 'pubsub.log');
  }

  /**
   * Throws if another process that still runs has the directory open. A log is not rewritten before
   * it has grown by `minCompactionBytes`.
   */
  static async open(
    directory: string,
    minCompactionBytes = MIN_COMPACTION_BYTES,
  ): Promise<Journal> {
    await mkdir(directory, { recursive: true });
    const journal = new Journal(resolve(directory), minCompactionBytes);
    await journal.#lock();
    return journal;
  }

  /**
   * The events of the file, oldest first. A last line that was cut short is no event: its call was
   * never answered. Throws an error that names file and byte if anything else is damaged.
   */
  async *events(): AsyncGenerator<StateEvent> {
    const known = new Map<string, Message>();
    for await (const { text, at, isWhole } of lines(this.#file)) {
      if (!isWhole) return;
      const json = text.slice(9);
      if (text.slice(0, 8) !== checksum(json)) {
        throw new Error(`${this.#file} is damaged at byte ${at}: remove it to start anew`);
      }
      if (at === 0) this.#checkHeader(json);
      else yield decodeEvent(json, known);
    }
  }

  /** From now on events are kept. `currentEvents` gives those that make the state as it is. */
  async begin(currentEvents: () => Iterable<StateEvent>): Promise<void> {
    this.#currentEvents = currentEvents;
    await this.#compact();
  }

  append(event: StateEvent): void {
    this.#pending.push(toLine(encodeEvent(event)));
    this.#writing ??= this.#write();
  }

  /** Resolves when all events so far are kept. Rejects if they cannot be. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets go of the directory. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.flushed().catch(() => {});
    await this.#handle?.close();
    this.#handle = undefined;
    OPEN_HERE.delete(this.#directory);
    await rm(join(this.#directory, 'pubsub.lock'), { force: true });
  }

  /** Writes until nothing is left; events that come while one write runs go out with the next. */
  async #write(): Promise<void> {
    try {
      // Events of the same turn go out together.
      await new Promise((done) => setImmediate(done));
      while (0 < this.#pending.length) {
        const isLong = this.#minCompactionBytes < this.#writtenBytes - this.#compactedBytes;
        if (isLong && 2 * this.#compactedBytes < this.#writtenBytes) await this.#compact();
        else await this.#writePending();
      }
    } catch (error) {
      this.#failure = error as Error;
      this.#pending = [];
    } finally {
      this.#writing = undefined;
    }
  }

  async #writePending(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''));
    this.#pending = [];
    await this.#handle?.appendFile(bytes);
    this.#writtenBytes += bytes.length;
  }

  async #compact(): Promise<void> {
    // The state has all pending events in it already.
    const events = Array.from(this.#currentEvents());
    this.#pending = [];
    const draft = `${this.#file}.new`;
    const handle = await open(draft, 'w');
    await handle.appendFile(toLine(HEADER));
    for (const event of events) await handle.appendFile(toLine(encodeEvent(event)));
    await handle.sync();
    await rename(draft, this.#file);
    await this.#handle?.close();
    this.#handle = handle;
    this.#compactedBytes = (await handle.stat()).size;
    this.#writtenBytes = this.#compactedBytes;
  }

  #checkHeader(json: string): void {
    if (json !== HEADER) throw new Error(`${this.#file} has another format: ${json.slice(0, 100)}`);
  }

  async #lock(): Promise<void> {
    const lock = join(this.#directory, 'pubsub.lock');
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (isRunning(owner) || OPEN_HERE.has(this.#directory)) {
      throw new Error(
        `${this.#directory} is in use by process ${owner}: stop it or choose another`,
      );
    }
    await writeFile(lock, String(process.pid));
    OPEN_HERE.add(this.#directory);
  }
}

function toLine(json: string): string {
  return `${checksum(json)} ${json}\n`;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

/** The lines of a file with their offset in bytes; none if there is no file. */
async function* lines(
  file: string,
): AsyncGenerator<{ text: string; at: number; isWhole: boolean }> {
  let at = 0;
  let parts: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let to = chunk.indexOf(10); 0 <= to; to = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, to));
        const bytes = Buffer.concat(parts);
        yield { text: bytes.toString(), at, isWhole: true };
        at += bytes.length + 1;
        parts = [];
        from = to + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (0 < parts.length) yield { text: Buffer.concat(parts).toString(), at, isWhole: false };
}

function isRunning(pid: number): boolean {
  if (!(0 < pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
