import {
  learnRarity,
  RARITY_WARM_UP,
  type RarityModel,
  rarityDecades,
  START_RARITY,
} from '../streaming/rarity.ts';
import type { RelationEvidence } from '../streaming/relation.ts';
import { ENSEMBLE_NAMES } from '../streaming/series-ensemble.ts';
import type { Finding } from './anomaly-types.ts';
import type { DetectorVote } from './decision.ts';
import type { Observed } from './observe.ts';

/** How rare a device's evidence must be, and how often it reports. Plain data. */
export interface AlarmState {
  readonly rarity: RarityModel;
  /** Usual time between two points of the device; 0 before the second one. */
  readonly intervalMs: number;
  /** Longest ordinary time without a point. */
  readonly longestPauseMs: number;
  /** Time in pauses beyond the ordinary, and all time since the first point. */
  readonly silentMs: number;
  readonly knownMs: number;
  readonly lastMs: number;
}

export const START_ALARM: AlarmState = {
  rarity: START_RARITY,
  intervalMs: 0,
  longestPauseMs: 0,
  silentMs: 0,
  knownMs: 0,
  lastMs: 0,
};

export interface StreamingVerdict {
  /** Rarity of the evidence of all metrics together, in decades. */
  readonly score: number;
  readonly threshold: number;
  /** Score against threshold; 0 while the device is new. */
  readonly level: number;
  readonly evidence: number;
}

const DAY_MS = 86_400_000;
/** A day, but for the last interval and a late start. */
const ALMOST_DAY_MS = 23 * 3_600_000;
const INTERVAL_MEMORY = 100;
/** A pause this many times as long as usual is a pause, not the device's pace. */
const PAUSE = 10;
/** A silence is longer than this many intervals, and than this many times the longest pause before. */
const SILENCE_INTERVALS = 5;
const SILENCE_PAUSES = 1.5;
/** A device that is silent for more than this share of all time is one that pauses. */
const ORDINARY_SHARE = 0.1;
/** A run of equal values must be this many times as rare, in decades: its rarity is reckoned, not observed. */
const STUCK_CAUTION = 2;
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
  const { intervalMs, longestPauseMs, lastMs, rarity } = alarm;
  const next = {
    ...alarm,
    rarity: learnRarity(rarity, evidence),
    lastMs: Math.max(lastMs, atMs),
  };
  const passed = atMs - lastMs;
  if (rarity.count === 0 || passed <= 0) return next;
  if (intervalMs === 0) return { ...next, intervalMs: passed, longestPauseMs: passed };
  const rate = 1 / Math.min(rarity.count + 1, INTERVAL_MEMORY);
  const seen = Math.min(passed, PAUSE * intervalMs);
  const knownMs = alarm.knownMs + passed;
  const isSilence = isWarm(alarm) && silenceThresholdMs(alarm) <= passed;
  const silentMs = alarm.silentMs + (isSilence ? passed : 0);
  const isOrdinary = !isSilence || ORDINARY_SHARE < silentMs / knownMs;
  return {
    ...next,
    intervalMs: intervalMs + rate * (seen - intervalMs),
    longestPauseMs: isOrdinary ? Math.max(longestPauseMs, passed) : longestPauseMs,
    silentMs,
    knownMs,
  };
}

function silenceThresholdMs({ intervalMs, longestPauseMs }: AlarmState): number {
  return Math.max(SILENCE_INTERVALS * intervalMs, SILENCE_PAUSES * longestPauseMs);
}

/** That the device was silent before this point for longer than it ever is; null when it was not. */
export function silenceFinding(alarm: AlarmState, atMs: number): Finding | null {
  const { lastMs } = alarm;
  if (!isWarm(alarm) || atMs <= lastMs) return null;
  const threshold = silenceThresholdMs(alarm);
  const level = (atMs - lastMs) / threshold;
  if (level < 1) return null;
  return {
    name: 'silence',
    metric: null,
    score: atMs - lastMs,
    threshold,
    level,
    severity: 'warning',
    direction: null,
    limit: null,
  };
}

/** That a metric repeats itself more often than it ever does, for each metric that repeats itself. */
export function stuckFindings(observed: readonly Observed[], rareDecades: number): Finding[] {
  const threshold = STUCK_CAUTION * rareDecades;
  return observed.flatMap(({ metric, evidence }): Finding[] => {
    const score = evidence?.stuck ?? 0;
    if (score === 0) return [];
    const level = score / threshold;
    const severity = level < 1 ? 'normal' : 'warning';
    return [
      { name: 'stuck', metric, score, threshold, level, severity, direction: null, limit: null },
    ];
  });
}

/**
 * That a metric stepped without those that usually step with it; null until the device was known for a day,
 * as what goes together differs between day and night.
 */
export function relationFinding(
  evidence: RelationEvidence | null,
  { knownMs }: AlarmState,
  threshold: number,
): Finding | null {
  if (evidence === null || knownMs < ALMOST_DAY_MS) return null;
  const { decades, metric } = evidence;
  const level = decades / threshold;
  const severity = level < 1 ? 'normal' : 'warning';
  return {
    name: 'relation',
    metric,
    score: decades,
    threshold,
    level,
    severity,
    direction: null,
    limit: null,
  };
}

/** The verdict as a finding about each metric, strongest where its evidence is. */
export function streamingFindings(
  verdict: StreamingVerdict,
  observed: readonly Observed[],
): Finding[] {
  const greatest = Math.max(...observed.map((one) => one.evidence?.sum ?? 0));
  return observed.map((one) => {
    const part = greatest === 0 ? 0 : (one.evidence?.sum ?? 0) / greatest;
    const weighted = verdict.level * part;
    const level =
      PARTAKING_SHARE <= part
        ? Math.max(weighted, Math.min(verdict.level, 1))
        : Math.min(weighted, ALMOST_ONE);
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
