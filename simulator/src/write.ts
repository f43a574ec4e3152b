import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reading } from '@plumbline/contracts';
import type { WireForm } from './encode.ts';

const LINES_AT_ONCE = 500;
const LINGER_MS = 200;

export interface WriteOptions {
  readonly form: WireForm;
  readonly onWritten?: (readings: readonly Reading[]) => void;
}

/**
 * Writes one JSON object a line, and resolves to their number when all is written. Waits for a slow stream.
 *
 * A reader that has had enough, such as `head`, ends it without an error.
 */
export async function writeReadings(
  stream: Writable,
  readings: Iterable<Reading> | AsyncIterable<Reading>,
  { form, onWritten }: WriteOptions,
): Promise<number> {
  let written = 0;
  const text = Readable.from(lines(), { objectMode: true, highWaterMark: 2 });
  try {
    await pipeline(text, stream, { end: stream !== process.stdout });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  return written;

  async function* lines(): AsyncGenerator<string> {
    let waiting: Reading[] = [];
    let sinceMs = performance.now();
    for await (const reading of readings) {
      waiting.push(reading);
      const nowMs = performance.now();
      if (waiting.length < LINES_AT_ONCE && nowMs - sinceMs < LINGER_MS) continue;
      yield take();
      sinceMs = nowMs;
    }
    if (0 < waiting.length) yield take();

    function take(): string {
      const batch = waiting;
      waiting = [];
      written += batch.length;
      onWritten?.(batch);
      return batch.map((reading) => `${JSON.stringify(form(reading))}\n`).join('');
    }
  }
}
