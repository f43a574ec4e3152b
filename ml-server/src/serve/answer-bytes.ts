import type { BatchReading } from '@plumbline/contracts';
import { briefText } from './answer-text.ts';
import { type PlainBatch, SPANS } from './plain-batch.ts';

/**
 * The answer to a batch, as it grows: JSON in UTF-8.
 *
 * Text put together from ten thousand pieces is copied twice more before it is sent, which takes as long as to
 * judge the batch; so its bytes are written as they come.
 */
export interface AnswerBytes {
  text(text: string): void;
  /** What `briefText` gives of a reading without detectors to tell. */
  brief(reading: BatchReading, timestamp: string, score: number): void;
  /** The same of a reading in the bytes of a batch; timestamp: of one without a time. */
  plainBrief(batch: PlainBatch, place: number, timestamp: string, score: number): void;
  /** All that was written; nothing may be written after it. */
  end(): Buffer;
}

/** Of a brief answer: most answers fit without growing. */
const EXPECTED_BYTES = 320;
/** Room for the longest id, time and number of a brief answer, each at three bytes a character. */
const MAX_PARTS_BYTES = 600;

const SHORT = 32;

const BEFORE_READING_ID = Buffer.from('{"reading_id":"');
const AFTER_READING_ID = Buffer.from('","device_id":"');

export function answerBytes(readingCount: number, modelVersion: string | null): AnswerBytes {
  let bytes = Buffer.allocUnsafeSlow(1024 + readingCount * EXPECTED_BYTES);
  let length = 0;
  const [beforeId, beforeTime, beforeScore, rest] = briefParts(modelVersion);

  return {
    text,
    brief(reading, timestamp, score) {
      if (reading.reading_id !== undefined) {
        return text(briefText(reading, timestamp, score, modelVersion));
      }
      makeRoom(MAX_PARTS_BYTES + rest.length);
      known(beforeId);
      short(reading.device_id);
      known(beforeTime);
      short(timestamp);
      known(beforeScore);
      short(`${score}`);
      bytes.set(rest, length);
      length += rest.length;
    },
    plainBrief({ bytes: from, spans }, place, timestamp, score) {
      makeRoom(MAX_PARTS_BYTES + rest.length);
      const span = SPANS * place;
      const idEnd = spans[span + 1] as number;
      if (idEnd === 0) known(beforeId);
      else {
        known(BEFORE_READING_ID);
        copy(from, spans[span] as number, idEnd);
        known(AFTER_READING_ID);
      }
      copy(from, spans[span + 2] as number, spans[span + 3] as number);
      known(beforeTime);
      const timeEnd = spans[span + 5] as number;
      if (timeEnd === 0) short(timestamp);
      else copy(from, spans[span + 4] as number, timeEnd);
      known(beforeScore);
      short(`${score}`);
      bytes.set(rest, length);
      length += rest.length;
    },
    end: () => bytes.subarray(0, length),
  };

  // In the loops below, what stands in constants need not be looked up for each byte.

  function copy(from: Uint8Array, start: number, end: number): void {
    const to = bytes;
    const offset = length - start;
    for (let i = start; i < end; i++) to[offset + i] = from[i] as number;
    length = offset + end;
  }

  function text(more: string): void {
    makeRoom(3 * more.length);
    if (more.length < SHORT) short(more);
    else length += bytes.write(more, length);
  }

  function known(part: Uint8Array): void {
    copy(part, 0, part.length);
  }

  /** For a few characters, a loop is done before `write` has begun. */
  function short(part: string): void {
    const to = bytes;
    const start = length;
    let codes = 0;
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i);
      codes |= code;
      to[start + i] = code;
    }
    length = start + (codes <= 0x7f ? part.length : to.write(part, start));
  }

  function makeRoom(count: number): void {
    if (length + count <= bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * bytes.length + count);
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  }
}

/** What stands before, between and after the id, the time and the score of a brief answer. */
function briefParts(modelVersion: string | null) {
  const text = briefText({ device_id: '|' }, '|', Number.NaN, modelVersion).replace('NaN', '|');
  const parts = text.split('|').map((part) => Buffer.from(part));
  return parts as unknown as readonly [Buffer, Buffer, Buffer, Buffer];
}
