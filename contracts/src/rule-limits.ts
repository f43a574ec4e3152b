import type { MetricName } from './metrics.ts';

/** A value below `low` or above `high` breaks the rule. */
export interface RuleLimit {
  readonly metric: MetricName;
  /** Applies to rooms of this type only; without it, to all others. */
  readonly placeType?: string;
  readonly low?: number;
  readonly high?: number;
}

/** Changed whenever a limit changes, so that old decisions can be understood. */
export const RULE_LIMITS_VERSION = 1;

/** What operators agreed is wrong whatever a model thinks. Detectors and SQL share this list. */
export const RULE_LIMITS: readonly RuleLimit[] = [
  { metric: 'temperature', low: 18, high: 30 },
  { metric: 'humidity', low: 15, high: 80 },
  { metric: 'co2', high: 1500 },
  { metric: 'air_quality', high: 150 },
  { metric: 'pressure', low: 940, high: 1060 },
  { metric: 'vibration', high: 3.5 },
  { metric: 'sound', high: 100 },
  { metric: 'voltage', low: 2.1 },
];
