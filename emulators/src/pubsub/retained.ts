import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';

/** Messages kept for a seek back in time, acknowledged or not, oldest first. */
export class Retained {
  readonly #messages = new Fifo<Message>();

  get size(): number {
    return this.#messages.size;
  }

  add(message: Message): void {
    this.#messages.push(message);
  }

  list(): Message[] {
    return this.#messages.list();
  }

  /** Forgets those published before the time. */
  trim(sinceMs: number): void {
    for (;;) {
      const oldest = this.#messages.first;
      if (oldest === undefined || sinceMs <= oldest.publishedAtMs) return;
      this.#messages.shift();
    }
  }
}
