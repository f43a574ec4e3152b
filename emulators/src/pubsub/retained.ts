import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';

/** However long the retention time, a laptop keeps no more than this for seeks. */
const MAX_BYTES = 1_000_000_000;

/** Messages kept for a seek back in time, acknowledged or not, oldest first. */
export class Retained {
  readonly #messages = new Fifo<Message>();
  #sizeBytes = 0;

  get size(): number {
    return this.#messages.size;
  }

  add(message: Message): void {
    this.#messages.push(message);
    this.#sizeBytes += message.sizeBytes;
    while (MAX_BYTES < this.#sizeBytes) this.#shift();
  }

  clear(): void {
    this.trim(Number.POSITIVE_INFINITY);
  }

  list(): Message[] {
    return this.#messages.list();
  }

  /** Forgets those published before the time. */
  trim(sinceMs: number): void {
    for (;;) {
      const oldest = this.#messages.first;
      if (oldest === undefined || sinceMs <= oldest.publishedAtMs) return;
      this.#shift();
    }
  }

  #shift(): void {
    this.#sizeBytes -= this.#messages.shift()?.sizeBytes ?? 0;
  }
}
