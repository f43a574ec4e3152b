import type { BatchReading, Decision, MetricName } from '@plumbline/contracts';
import {
  type BatchDecision,
  decideBatch,
  type PointColumns,
  type RuleSet,
} from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import { type GroupedReadings, gatherReadings } from './grouped-readings.ts';
import { toWire, UNITS } from './judge.ts';
import type { MetricSet } from './plain-reading.ts';

/** A reading that passed all checks. */
export interface CheckedReading {
  readonly reading: BatchReading;
  readonly metrics: MetricSet;
  readonly atMs: number;
}

/** What is said of some readings. Asked by place, so that words are only found for those that need them. */
export interface Verdicts {
  /** True when nothing finds fault with it; then `scoreOf` is all there is to say. */
  isOrdinary(place: number): boolean;
  scoreOf(place: number): number;
  decisionOf(place: number): Decision;
  readonly groups: readonly PointColumns[];
}

/**
 * Judges readings each by itself, as of devices never seen: by rules and forests. Says what `judge` says without a
 * past, and takes all of them through each forest at once.
 */
export function judgeAlone(
  model: LoadedModel | null,
  rules: RuleSet,
  { groups, groupOf, placeOf }: GroupedReadings,
): Verdicts {
  const bundle = model?.bundle ?? null;
  const decided = groups.map((points) => decideBatch(bundle, points, rules, UNITS));
  /** Anomalies are asked for twice: to count them and to tell them. */
  let anomalies: Map<number, Decision> | null = null;
  const groupAt = (place: number) => decided[groupOf[place] as number] as BatchDecision;
  const scores =
    decided.length === 1
      ? (decided[0] as BatchDecision).scores
      : groupOf.map((group, i) => decided[group]?.scores[placeOf[i] as number] as number);
  return {
    groups,
    scoreOf: (place) => scores[place] as number,
    isOrdinary: (place) => (scores[place] as number) < 1,
    decisionOf(place) {
      const known = anomalies?.get(place);
      if (known !== undefined) return known;
      const decision = groupAt(place).decisionOf(placeOf[place] as number);
      const told = toWire(decision, model?.version ?? null);
      if (decision.isAnomaly) {
        anomalies ??= new Map();
        anomalies.set(place, told);
      }
      return told;
    },
  };
}

/** Puts readings into columns. */
export function groupReadings(readings: readonly CheckedReading[]): GroupedReadings {
  const gathering = gatherReadings();
  for (const { reading, metrics, atMs } of readings) {
    const group = gathering.add(metrics, reading.place?.type, atMs);
    for (let i = 0; i < group.values.length; i++) {
      group.values[i]?.push(reading[group.metrics[i] as MetricName] as number);
    }
  }
  return gathering.end();
}
