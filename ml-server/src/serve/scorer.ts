import type { BatchReading, Decision } from '@plumbline/contracts';
import type { RuleSet } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import type { CutForests } from './cut-forests.ts';
import type { DeviceMemory } from './device-history.ts';
import { createDriftMonitor, type FeatureDrift } from './drift.ts';
import type { GroupedReadings } from './grouped-readings.ts';
import { type Judged, judge } from './judge.ts';
import { type CheckedReading, groupReadings, judgeAlone, type Verdicts } from './judge-alone.ts';
import type { LiveModel } from './live-model.ts';
import { createShadow, type ShadowReport } from './shadow.ts';
import type { VerdictMetrics } from './verdict-metrics.ts';

/** The models of one request: taken once, so that no answer mixes versions. */
export interface Models {
  readonly current: LoadedModel | null;
  /** Judges too, and is only compared. */
  readonly challenger: LoadedModel | null;
}

export interface Scorer {
  models(): Models;
  judge(models: Models, before: DeviceMemory | null, reading: BatchReading, atMs: number): Judged;
  /** Each by itself, by rules and forests. */
  judgeAllAlone(models: Models, readings: readonly CheckedReading[]): Verdicts;
  /** The same of readings in columns. */
  judgeGrouped(models: Models, readings: GroupedReadings): Verdicts;
  /** Readings judged so far. */
  counts(): readonly PredictionCount[];
  drift(): readonly FeatureDrift[];
  shadow(): ShadowReport | null;
}

export interface PredictionCount {
  readonly method: 'rules' | 'model';
  readonly isAnomaly: boolean;
  readonly count: number;
}

/**
 * Judges by the current model, and keeps count of what it says, how data drifts and what a challenger would say.
 *
 * - cutForests: tell their score beside those that judge with a history; null: there are none
 */
export function createScorer(
  current: LiveModel,
  challenger: LiveModel,
  rules: RuleSet,
  metrics: VerdictMetrics,
  cutForests: CutForests | null,
): Scorer {
  const drift = createDriftMonitor();
  const shadow = createShadow();
  const counts = { rules: [0, 0], model: [0, 0] };
  return {
    models: () => ({ current: current.current(), challenger: challenger.current() }),
    judge(models, before, reading, atMs) {
      const judged = judge(models.current, rules, before, reading, atMs);
      const vote = cutForests?.follow(reading, atMs);
      if (vote) judged.decision.detectors.push(vote);
      note(models, judged.decision);
      if (models.current !== null) drift.observe(models.current, before, judged);
      if (models.challenger !== null) {
        const other = judge(models.challenger, rules, before, reading, atMs);
        shadow.compare(models.challenger.version, judged.decision, other.decision);
      }
      return judged;
    },
    judgeAllAlone: (models, readings) => judgeGrouped(models, groupReadings(readings)),
    judgeGrouped,
    counts: () =>
      (['rules', 'model'] as const).flatMap((method) =>
        counts[method].map((count, column) => ({ method, isAnomaly: column === 1, count })),
      ),
    drift: drift.indices,
    shadow: shadow.report,
  };

  function judgeGrouped(models: Models, readings: GroupedReadings): Verdicts {
    const verdicts = judgeAlone(models.current, rules, readings);
    let ordinaryCount = 0;
    for (let i = 0; i < readings.count; i++) {
      if (!verdicts.isOrdinary(i)) note(models, verdicts.decisionOf(i));
      else {
        ordinaryCount++;
        metrics.ordinary(verdicts.scoreOf(i));
      }
    }
    count(models, false, ordinaryCount);
    if (models.current !== null) drift.observeAlone(models.current, verdicts.groups);
    if (models.challenger !== null) {
      const others = judgeAlone(models.challenger, rules, readings);
      for (let i = 0; i < readings.count; i++) {
        const [given, other] = [verdicts.decisionOf(i), others.decisionOf(i)];
        shadow.compare(models.challenger.version, given, other);
      }
    }
    return verdicts;
  }

  function note(models: Models, decision: Decision): void {
    count(models, decision.is_anomaly, 1);
    metrics.decided(decision);
  }

  function count(models: Models, isAnomaly: boolean, readingCount: number): void {
    const ofMethod = counts[models.current === null ? 'rules' : 'model'];
    const column = isAnomaly ? 1 : 0;
    ofMethod[column] = (ofMethod[column] as number) + readingCount;
  }
}
