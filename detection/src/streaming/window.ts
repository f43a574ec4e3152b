import { decodeBytes, encodeBytes } from '../base64.ts';
import { ModelError } from '../errors.ts';

export type WindowArray = Float32Array | Uint16Array;

/**
 * The newest numbers of a series, oldest first, at most `capacity`: `buffer[start]` to `buffer[end - 1]`.
 *
 * A value: appending gives another window and leaves this one as it was. It is cheap all the same: the
 * successor of the newest window of a line writes behind it in the same buffer, where the older ones do not
 * look; any other successor gets a copy.
 */
export interface NumberWindow<Numbers extends WindowArray = WindowArray> {
  readonly buffer: Numbers;
  readonly start: number;
  readonly end: number;
  readonly capacity: number;
  /** Numbers ever appended, forgotten ones included. */
  readonly count: number;
  /** What successive windows have in common; a key for what is derived from them. */
  readonly line: WindowLine;
}

export interface WindowLine {
  buffer: WindowArray;
  /** End of the newest window of the line. */
  used: number;
}

const FIRST_LENGTH = 32;

export function emptyFloatWindow(capacity: number): NumberWindow<Float32Array> {
  return windowOf(new Float32Array(FIRST_LENGTH), 0, capacity, 0);
}

export function emptyCodeWindow(capacity: number): NumberWindow<Uint16Array> {
  return windowOf(new Uint16Array(FIRST_LENGTH), 0, capacity, 0);
}

/** The window after one more number; the oldest is forgotten when it is full. */
export function append<Numbers extends WindowArray>(
  window: NumberWindow<Numbers>,
  value: number,
): NumberWindow<Numbers> {
  const { buffer, end, capacity, count, line } = window;
  const isNewest = line.buffer === buffer && line.used === end;
  if (isNewest && end < buffer.length) {
    buffer[end] = value;
    line.used = end + 1;
    return {
      buffer,
      start: Math.max(window.start, end + 1 - capacity),
      end: end + 1,
      capacity,
      count: count + 1,
      line,
    };
  }
  const kept = Math.min(end - window.start, capacity - 1);
  // An eighth more than what is kept, so that a copy is made once in capacity / 8 readings.
  const length = Math.min(Math.max(FIRST_LENGTH, 2 * kept), capacity + (capacity >> 3) + 1);
  const copy = new (buffer.constructor as new (length: number) => Numbers)(length);
  copy.set(buffer.subarray(end - kept, end) as never);
  copy[kept] = value;
  if (!isNewest) return windowOf(copy, kept + 1, capacity, count + 1);
  line.buffer = copy;
  line.used = kept + 1;
  return { buffer: copy, start: 0, end: kept + 1, capacity, count: count + 1, line };
}

/** Numbers in the window. */
export function sizeOf(window: NumberWindow): number {
  return window.end - window.start;
}

export function saveWindow({ buffer, start, end }: NumberWindow): string {
  return encodeBytes(buffer.subarray(start, end));
}

export function loadFloatWindow(
  input: unknown,
  capacity: number,
  where: string,
): NumberWindow<Float32Array> {
  const numbers = new Float32Array(decodeBytes(input, 4, where));
  if (!numbers.every(Number.isFinite))
    throw new ModelError(`${where} holds a number that is not finite`);
  return loaded(numbers, capacity, where);
}

export function loadCodeWindow(
  input: unknown,
  capacity: number,
  where: string,
): NumberWindow<Uint16Array> {
  return loaded(new Uint16Array(decodeBytes(input, 2, where)), capacity, where);
}

function loaded<Numbers extends WindowArray>(
  numbers: Numbers,
  capacity: number,
  where: string,
): NumberWindow<Numbers> {
  if (capacity < numbers.length)
    throw new ModelError(`${where} holds ${numbers.length} numbers, wanted at most ${capacity}`);
  return windowOf(numbers, numbers.length, capacity, numbers.length);
}

function windowOf<Numbers extends WindowArray>(
  buffer: Numbers,
  end: number,
  capacity: number,
  count: number,
): NumberWindow<Numbers> {
  return { buffer, start: 0, end, capacity, count, line: { buffer, used: end } };
}
