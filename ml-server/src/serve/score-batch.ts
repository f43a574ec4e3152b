import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchReading, parseInstant, RANDOM_CUT_FOREST } from '@plumbline/contracts';
import { answerBytes } from './answer-bytes.ts';
import { briefText, errorText, resultText } from './answer-text.ts';
import type { DeviceHistory, DeviceMemory } from './device-history.ts';
import type { CheckedReading } from './judge-alone.ts';
import { type Explain, type PlainBatch, textsOf } from './plain-batch.ts';
import { metricsOf, metricsOfPlain } from './plain-reading.ts';
import type { Models, Scorer } from './scorer.ts';
import { checkHasMetric, compileCheck, type FieldProblem } from './validation.ts';

/** Readings judged before others get their turn: a few milliseconds of work. */
const SLICE = 32;
/** Without a history most readings take a thousandth of the time. */
const SLICE_ALONE = 256;
/** Readings from further ahead would block a device's history until their time has come. */
export const MAX_AHEAD_MS = 600_000;

const checkReading = compileCheck(BatchReading);

export interface ScoringDeps {
  /** Null: each reading is judged by itself, by rules and forests. */
  readonly history: DeviceHistory | null;
  readonly scorer: Scorer;
}

/** A reading of the request, or why it cannot be judged. */
type Parsed = CheckedReading | { readonly refusal: string };

/**
 * Judges readings in their order, each alone: a wrong one gets an error, the others their decision.
 *
 * - the same models for all
 * - gives the whole answer as JSON in UTF-8
 * - gives null, having judged a part, as soon as `isAbandoned` says that nobody waits any more
 */
export async function scoreBatch(
  models: Models,
  readings: readonly unknown[],
  { nowMs, explain }: { readonly nowMs: number; readonly explain: Explain },
  { history, scorer }: ScoringDeps,
  isAbandoned: () => boolean,
): Promise<Buffer | null> {
  const nowText = new Date(nowMs).toISOString();
  const version = models.current?.version ?? null;
  const answer = answerBytes(readings.length, version);
  answer.text('{"results":[');
  const slice = history === null ? SLICE_ALONE : SLICE;
  for (let start = 0; start < readings.length; start += slice) {
    if (0 < start) await nextTurn();
    if (isAbandoned()) return null;
    const parsed: Parsed[] = [];
    for (let i = start; i < Math.min(start + slice, readings.length); i++) {
      parsed.push(parse(readings[i], i, nowMs));
    }
    const checked = parsed.filter((one) => 'reading' in one);
    const say = history === null ? judgeAlone(checked) : await judgeInTurn(history, checked);
    let next = 0;
    for (const one of parsed) {
      if (0 < start || one !== parsed[0]) answer.text(',');
      if ('reading' in one) say(next++);
      else answer.text(one.refusal);
    }
  }
  answer.text(']}');
  return answer.end();

  function judgeAlone(checked: readonly CheckedReading[]): (place: number) => void {
    const verdicts = scorer.judgeAllAlone(models, checked);
    return (place) => {
      const { reading } = checked[place] as CheckedReading;
      const timestamp = reading.timestamp ?? nowText;
      if (explain === 'anomalies' && verdicts.isOrdinary(place)) {
        answer.brief(reading, timestamp, verdicts.scoreOf(place));
      } else answer.text(resultText(reading, timestamp, verdicts.decisionOf(place)));
    };
  }

  async function judgeInTurn(
    history: DeviceHistory,
    checked: readonly CheckedReading[],
  ): Promise<(place: number) => void> {
    const deviceIds = [...new Set(checked.map(({ reading }) => reading.device_id))];
    const recalled = await history.recall(deviceIds);
    const memories = new Map<string, DeviceMemory | null>(
      deviceIds.map((deviceId, i) => [deviceId, recalled[i] ?? null]),
    );
    const changed = new Map<string, DeviceMemory>();
    const texts = checked.map(({ reading, atMs }) => {
      const before = memories.get(reading.device_id) ?? null;
      const { decision, memory } = scorer.judge(models, before, reading, atMs);
      memories.set(reading.device_id, memory);
      changed.set(reading.device_id, memory);
      const timestamp = reading.timestamp ?? nowText;
      return explain === 'anomalies' && !decision.is_anomaly
        ? briefText(
            reading,
            timestamp,
            decision.score,
            decision.model_version,
            decision.detectors.filter(({ detector }) => detector === RANDOM_CUT_FOREST),
          )
        : resultText(reading, timestamp, decision);
    });
    await history.keep(changed);
    return (place) => answer.text(texts[place] as string);
  }
}

/** The same for a plain batch: all readings are judged at once, and their answers written in turns. */
export async function scorePlainBatch(
  models: Models,
  batch: PlainBatch,
  scorer: Scorer,
  isAbandoned: () => boolean,
): Promise<Buffer | null> {
  const { readings, nowMs, explain } = batch;
  const nowText = new Date(nowMs).toISOString();
  const verdicts = scorer.judgeGrouped(models, readings);
  const answer = answerBytes(readings.count, models.current?.version ?? null);
  let wordyCount = 0;
  answer.text('{"results":[');
  for (let place = 0; place < readings.count; place++) {
    if (0 < place) answer.text(',');
    if (explain === 'anomalies' && verdicts.isOrdinary(place)) {
      answer.plainBrief(batch, place, nowText, verdicts.scoreOf(place));
      continue;
    }
    const reading = textsOf(batch, place);
    answer.text(resultText(reading, reading.timestamp ?? nowText, verdicts.decisionOf(place)));
    if (++wordyCount % SLICE_ALONE !== 0) continue;
    await nextTurn();
    if (isAbandoned()) return null;
  }
  answer.text(']}');
  return answer.end();
}

function parse(input: unknown, index: number, nowMs: number): Parsed {
  const plain = metricsOfPlain(input);
  const reading = input as BatchReading;
  if (plain !== 0) {
    const atMs = measuredAt(reading, nowMs);
    if (atMs <= nowMs + MAX_AHEAD_MS) return { reading, metrics: plain, atMs };
  }
  const wrong = checkReading(input);
  const [first] = 0 < wrong.length ? wrong : checkSense(reading, nowMs);
  if (first === undefined) {
    return { reading, metrics: metricsOf(reading), atMs: measuredAt(reading, nowMs) };
  }
  const error = { ...first, pointer: `/readings/${index}${first.pointer}` };
  const readingId = idOf(input);
  return {
    refusal: errorText({ ...(readingId !== undefined && { reading_id: readingId }), error }),
  };
}

/** What the schema does not say of a reading: that it measures something, at a time that can be. */
export function checkSense(
  reading: { readonly timestamp?: string },
  nowMs: number,
): readonly FieldProblem[] {
  const missing = checkHasMetric(reading);
  if (0 < missing.length || reading.timestamp === undefined) return missing;
  const atMs = measuredAt(reading, nowMs);
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
  const { timestamp } = reading;
  if (timestamp === undefined) return nowMs;
  const atMs = parseInstant(timestamp);
  return Number.isNaN(atMs) ? Date.parse(timestamp) : atMs;
}

/** The id to answer with, if the wrong reading has a usable one. */
function idOf(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || !('reading_id' in input)) return undefined;
  const { reading_id: id } = input;
  return typeof id === 'string' && 0 < id.length && id.length <= 128 ? id : undefined;
}
