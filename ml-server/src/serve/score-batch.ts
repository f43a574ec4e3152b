import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchReading, type BatchResult } from '@plumbline/contracts';
import type { DeviceHistory, DeviceMemory } from './device-history.ts';
import type { Models, Scorer } from './scorer.ts';
import { checkHasMetric, compileCheck, type FieldProblem } from './validation.ts';

/** Readings judged before others get their turn: a few milliseconds of work. */
const SLICE = 32;
/** Readings from further ahead would block a device's history until their time has come. */
export const MAX_AHEAD_MS = 600_000;

const checkReading = compileCheck(BatchReading);

export interface ScoringDeps {
  readonly history: DeviceHistory;
  readonly scorer: Scorer;
}

/**
 * Judges readings in their order, each alone: a wrong one gets an error, the others their decision.
 *
 * - the same models for all
 * - gives null, having judged a part, as soon as `isAbandoned` says that nobody waits any more
 */
export async function scoreBatch(
  models: Models,
  readings: readonly unknown[],
  nowMs: number,
  { history, scorer }: ScoringDeps,
  isAbandoned: () => boolean,
): Promise<BatchResult[] | null> {
  const results: BatchResult[] = [];
  for (let start = 0; start < readings.length; start += SLICE) {
    if (0 < start) await nextTurn();
    if (isAbandoned()) return null;
    const slice = readings.slice(start, start + SLICE);
    const parsed = slice.map((reading, i) => parse(reading, start + i, nowMs));
    const deviceIds = [...new Set(parsed.flatMap((one) => (one.ok ? one.reading.device_id : [])))];
    const recalled = await history.recall(deviceIds);
    const memories = new Map<string, DeviceMemory | null>(
      deviceIds.map((deviceId, i) => [deviceId, recalled[i] ?? null]),
    );
    const changed = new Map<string, DeviceMemory>();
    for (const one of parsed) {
      if (!one.ok) {
        results.push(one.result);
        continue;
      }
      const { reading, atMs } = one;
      const before = memories.get(reading.device_id) ?? null;
      const { decision, memory } = scorer.judge(models, before, reading, atMs);
      memories.set(reading.device_id, memory);
      changed.set(reading.device_id, memory);
      results.push({
        ...(reading.reading_id !== undefined && { reading_id: reading.reading_id }),
        device_id: reading.device_id,
        timestamp: reading.timestamp ?? new Date(nowMs).toISOString(),
        ...decision,
      });
    }
    await history.keep(changed);
  }
  return results;
}

type Parsed =
  | { readonly ok: true; readonly reading: BatchReading; readonly atMs: number }
  | { readonly ok: false; readonly result: BatchResult };

function parse(input: unknown, index: number, nowMs: number): Parsed {
  const wrong = checkReading(input);
  const reading = input as BatchReading;
  const problems = 0 < wrong.length ? wrong : checkSense(reading, nowMs);
  const [first] = problems;
  if (first === undefined) return { ok: true, reading, atMs: measuredAt(reading, nowMs) };
  const error = { ...first, pointer: `/readings/${index}${first.pointer}` };
  const readingId = idOf(input);
  return {
    ok: false,
    result: { ...(readingId !== undefined && { reading_id: readingId }), error },
  };
}

/** What the schema does not say of a reading: that it measures something, at a time that can be. */
export function checkSense(
  reading: { readonly timestamp?: string },
  nowMs: number,
): readonly FieldProblem[] {
  const missing = checkHasMetric(reading);
  if (0 < missing.length || reading.timestamp === undefined) return missing;
  const atMs = Date.parse(reading.timestamp);
  if (Number.isNaN(atMs)) {
    const detail = 'must be an RFC 3339 time, e.g. 2026-11-20T09:00:00Z';
    return [{ pointer: '/timestamp', code: 'format', detail }];
  }
  if (nowMs + MAX_AHEAD_MS < atMs) {
    const detail = 'must not be more than 10 minutes ahead: check the clock of the device';
    return [{ pointer: '/timestamp', code: 'implausible_time', detail }];
  }
  return [];
}

export function measuredAt(reading: { readonly timestamp?: string }, nowMs: number): number {
  return reading.timestamp === undefined ? nowMs : Date.parse(reading.timestamp);
}

/** The id to answer with, if the wrong reading has a usable one. */
function idOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('reading_id' in input)) return undefined;
  const { reading_id: id } = input;
  return typeof id === 'string' && 0 < id.length && id.length <= 128 ? id : undefined;
}
