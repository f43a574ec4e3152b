import type { Decision } from '@plumbline/contracts';

/** How a challenger's decisions differ from those that were given. */
export interface ShadowReport {
  readonly version: string;
  readonly reading_count: number;
  readonly both_count: number;
  /** Anomalies of the current model only, and of the challenger only. */
  readonly current_only_count: number;
  readonly challenger_only_count: number;
  /** Mean distance of the scores, where 1 is a threshold. */
  readonly mean_score_difference: number;
}

export interface Shadow {
  compare(version: string, given: Decision, challenger: Decision): void;
  /** Null before any comparison. Starts anew with each challenger. */
  report(): ShadowReport | null;
}

export function createShadow(): Shadow {
  let version: string | null = null;
  let counts = { readings: 0, both: 0, currentOnly: 0, challengerOnly: 0, difference: 0 };
  return {
    compare(challengerVersion, given, challenger) {
      if (version !== challengerVersion) {
        version = challengerVersion;
        counts = { readings: 0, both: 0, currentOnly: 0, challengerOnly: 0, difference: 0 };
      }
      counts.readings++;
      counts.difference += Math.abs(given.score - challenger.score);
      if (given.is_anomaly && challenger.is_anomaly) counts.both++;
      else if (given.is_anomaly) counts.currentOnly++;
      else if (challenger.is_anomaly) counts.challengerOnly++;
    },
    report() {
      if (version === null) return null;
      return {
        version,
        reading_count: counts.readings,
        both_count: counts.both,
        current_only_count: counts.currentOnly,
        challenger_only_count: counts.challengerOnly,
        mean_score_difference: counts.difference / counts.readings,
      };
    },
  };
}
