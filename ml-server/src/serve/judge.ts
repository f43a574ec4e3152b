import { type BatchReading, type Decision, METRIC_NAMES, METRICS } from '@plumbline/contracts';
import { type Decision as Decided, decide, type Point, type RuleSet } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import type { DeviceMemory } from './device-history.ts';

export interface Judged {
  readonly decision: Decision;
  /** What the forest of this metric said, on its own scale; null where there is none. */
  forestScoreOf(metric: string): number | null;
  readonly atMs: number;
  readonly memory: DeviceMemory;
}

/** For the sentences that people read. */
export const UNITS = Object.fromEntries(METRIC_NAMES.map((name) => [name, METRICS[name].unit]));
const SETTINGS = { units: UNITS };

/**
 * Judges one reading of a device against its past, and gives what to remember. Pure.
 *
 * A reading measured at or before the newest of its series is scored and not learned. The reading that
 * started the last episode gets the answer it got before: whoever asks again must not miss the alert.
 */
export function judge(
  model: LoadedModel | null,
  rules: RuleSet,
  before: DeviceMemory | null,
  reading: BatchReading,
  atMs: number,
): Judged {
  const point: Point = {
    atMs,
    metrics: metricsOf(reading),
    ...(reading.place?.type !== undefined && { placeType: reading.place.type }),
  };
  if (before?.alert?.atMs === atMs && isSame(before.alert.decision, point)) {
    return toJudged(before.alert.decision, model, atMs, before);
  }
  const { decision, state } = decide(
    model?.bundle ?? null,
    before?.state ?? null,
    point,
    rules,
    SETTINGS,
  );
  const alert = decision.alert ? { atMs, decision } : (before?.alert ?? null);
  return toJudged(decision, model, atMs, { state, alert });
}

function toJudged(
  decided: Decided,
  model: LoadedModel | null,
  atMs: number,
  memory: DeviceMemory,
): Judged {
  return {
    decision: toWire(decided, model?.version ?? null),
    forestScoreOf: (metric) =>
      decided.detectors.find((vote) => vote.name === 'forest' && vote.metric === metric)?.score ??
      null,
    atMs,
    memory,
  };
}

/** A decision as answers have it. */
export function toWire(decided: Decided, modelVersion: string | null): Decision {
  return {
    is_anomaly: decided.isAnomaly,
    score: decided.score,
    threshold: decided.threshold,
    severity: decided.severity,
    anomaly_types: [...decided.types],
    is_alert: decided.alert,
    explanation: decided.explanation,
    detectors: strongestVotes(decided),
    metrics: decided.metrics.map((one) => ({
      metric: one.metric,
      value: one.value,
      expected: one.expected,
      low: one.low,
      high: one.high,
      score: one.score,
      threshold: one.threshold,
      is_anomaly: one.isAnomaly,
      share: one.contribution,
    })),
    model_version: modelVersion,
  };
}

/** A detector votes once a metric; the answer has it once, with the vote that counts. */
function strongestVotes(decided: Decided): Decision['detectors'] {
  const strongest: Decision['detectors'] = [];
  for (const { name, score, threshold, isAnomaly } of decided.detectors) {
    let at = 0;
    while (at < strongest.length && strongest[at]?.detector !== name) at++;
    const known = strongest[at];
    if (known !== undefined && score * known.threshold <= known.score * threshold) continue;
    strongest[at] = { detector: name, score, threshold, is_anomaly: isAnomaly };
  }
  return strongest;
}

function metricsOf(reading: BatchReading): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const name of METRIC_NAMES) {
    const value = reading[name];
    if (value !== undefined) metrics[name] = value;
  }
  return metrics;
}

function isSame(decision: Decided, point: Point): boolean {
  return (
    decision.metrics.length === Object.keys(point.metrics).length &&
    decision.metrics.every(({ metric, value }) => point.metrics[metric] === value)
  );
}
