import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';

const MAX_MESSAGES = 10_000;
const MAX_BYTES = 64_000_000;

/** The newest messages of a topic, for tests to look at: at most 10,000, at most 64 MB. */
export class History {
  readonly #messages = new Fifo<Message>();
  #bytes = 0;

  add(message: Message): void {
    this.#messages.push(message);
    this.#bytes += message.sizeBytes;
    while (MAX_MESSAGES < this.#messages.size || MAX_BYTES < this.#bytes) {
      this.#bytes -= this.#messages.shift()?.sizeBytes ?? 0;
    }
  }

  list(): Message[] {
    return this.#messages.list();
  }
}
