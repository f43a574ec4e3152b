import {
  learnRarity,
  RARITY_WARM_UP,
  type RarityModel,
  rarityDecades,
  START_RARITY,
} from '../streaming/rarity.ts';
import { ENSEMBLE_NAMES } from '../streaming/series-ensemble.ts';
import type { Finding } from './anomaly-types.ts';
import type { DetectorVote } from './decision.ts';
import type { Observed } from './observe.ts';

/** How rare a device's evidence must be, and how often it reports. Plain data. */
export interface AlarmState {
  readonly rarity: RarityModel;
  /** Usual time between two points of the device; 0 before the second one. */
  readonly intervalMs: number;
  readonly lastMs: number;
}

export const START_ALARM: AlarmState = { rarity: START_RARITY, intervalMs: 0, lastMs: 0 };

export interface StreamingVerdict {
  /** Rarity of the evidence of all metrics together, in decades. */
  readonly score: number;
  readonly threshold: number;
  /** Score against threshold; 0 while the device is new. */
  readonly level: number;
  readonly evidence: number;
}

const DAY_MS = 86_400_000;
const INTERVAL_MEMORY = 100;
/** A pause this many times as long as usual is a pause, not the device's pace. */
const PAUSE = 10;
const LEAST_THRESHOLD = 2;
const CRITICAL_LEVEL = 2;
const ALMOST_ONE = 0.999;
/** A metric with at least this share of the greatest evidence is part of the anomaly. */
const PARTAKING_SHARE = 0.5;
/** Detectors that find a reading rarer than one in a hundred are worth naming. */
const TELLING_DECADES = 2;

/** A device that is still new is judged by its points, not by its past. */
export function isWarm({ rarity }: AlarmState): boolean {
  return RARITY_WARM_UP <= rarity.count;
}

/**
 * Weighs the evidence of all metrics of a point together: an anomaly is what an ordinary day of this device
 * has less than `falseAlarmsPerDay` times, at the pace it reports.
 */
export function weighEvidence(
  alarm: AlarmState,
  observed: readonly Observed[],
  falseAlarmsPerDay: number,
): StreamingVerdict {
  const evidence = observed.reduce((sum, one) => sum + (one.evidence?.sum ?? 0), 0);
  const score = rarityDecades(alarm.rarity, evidence);
  const perDay = alarm.intervalMs === 0 ? 1 : DAY_MS / alarm.intervalMs;
  const threshold = Math.max(LEAST_THRESHOLD, Math.log10(perDay / falseAlarmsPerDay));
  return { score, threshold, level: score / threshold, evidence };
}

export function learnAlarm(alarm: AlarmState, atMs: number, evidence: number): AlarmState {
  const { intervalMs, lastMs, rarity } = alarm;
  const next = { rarity: learnRarity(rarity, evidence), lastMs: Math.max(lastMs, atMs) };
  const passed = atMs - lastMs;
  if (lastMs === 0 || passed <= 0) return { ...next, intervalMs };
  if (intervalMs === 0) return { ...next, intervalMs: passed };
  const rate = 1 / Math.min(rarity.count + 1, INTERVAL_MEMORY);
  const seen = Math.min(passed, PAUSE * intervalMs);
  return { ...next, intervalMs: intervalMs + rate * (seen - intervalMs) };
}

/** The verdict as a finding about each metric, strongest where its evidence is. */
export function streamingFindings(
  verdict: StreamingVerdict,
  observed: readonly Observed[],
): Finding[] {
  const greatest = Math.max(...observed.map((one) => one.evidence?.sum ?? 0));
  return observed.map((one) => {
    const part = greatest === 0 ? 0 : (one.evidence?.sum ?? 0) / greatest;
    const level =
      PARTAKING_SHARE <= part ? verdict.level : Math.min(verdict.level * part, ALMOST_ONE);
    return {
      name: 'streaming',
      metric: one.metric,
      score: level * verdict.threshold,
      threshold: verdict.threshold,
      level,
      severity: level < 1 ? 'normal' : CRITICAL_LEVEL <= level ? 'critical' : 'warning',
      direction: directionOf(one),
      limit: null,
    };
  });
}

/** The detectors behind an anomaly that found their part of it rare, by metric. */
export function tellingVotes(observed: readonly Observed[]): DetectorVote[] {
  return observed.flatMap(({ metric, evidence }) =>
    ENSEMBLE_NAMES.flatMap((name, i) => {
      const score = evidence?.decades[i] ?? 0;
      return score < TELLING_DECADES
        ? []
        : [{ name, metric, score, threshold: TELLING_DECADES, isAnomaly: true }];
    }),
  );
}

function directionOf({ value, low, high }: Observed): 'low' | 'high' | null {
  if (low !== null && value < low) return 'low';
  return high !== null && high < value ? 'high' : null;
}
