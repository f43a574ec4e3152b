import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '@plumbline/contracts';

/** Timers are no finer than this. */
const TICK_MS = 2;

export interface PaceOptions {
  /** Ends the readings. */
  readonly signal?: AbortSignal | undefined;
}

/** Hands each reading on when `measuredAtMs` has come by the clock, `now`. Those of the past come at once. */
export async function* inTime(
  readings: Iterable<Reading>,
  { signal, now = Date.now }: PaceOptions & { readonly now?: () => number } = {},
): AsyncGenerator<Reading> {
  for (const reading of readings) {
    if (!(await wait(reading.measuredAtMs - now(), signal))) return;
    yield reading;
  }
}

/** Hands readings on at a steady rate, whatever their times. A slow taker is not made up for by a burst. */
export async function* atRate(
  readings: Iterable<Reading>,
  perSecond: number,
  { signal }: PaceOptions = {},
): AsyncGenerator<Reading> {
  const stepMs = 1000 / perSecond;
  let dueMs = performance.now();
  for (const reading of readings) {
    if (!(await wait(dueMs - performance.now(), signal))) return;
    yield reading;
    dueMs = Math.max(dueMs + stepMs, performance.now() - 1000);
  }
}

/** Stops at the signal; for readings that need no pace. */
export function* until(
  readings: Iterable<Reading>,
  signal: AbortSignal | undefined,
): Generator<Reading> {
  for (const reading of readings) {
    if (signal?.aborted) return;
    yield reading;
  }
}

/** False if the signal came first. */
async function wait(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return false;
  if (ms < TICK_MS) return true;
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
    return true;
  } catch {
    return false;
  }
}
