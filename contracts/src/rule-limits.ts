import type { MetricName } from './metrics.ts';

/** What is ordinary for a metric, in its unit. Beyond `low` or `high` is a warning, beyond the critical limits critical. */
export interface RuleLimit {
  readonly metric: MetricName;
  /** Applies to devices at this type of place; without it, to all that have no limit of their own. */
  readonly placeType?: string;
  readonly low?: number;
  readonly high?: number;
  readonly criticalLow?: number;
  readonly criticalHigh?: number;
}

/** Changed whenever a limit changes, so that old decisions can be understood. */
export const RULE_LIMITS_VERSION = '1';

/** What people agreed is wrong whatever a model thinks. The ML server's rules and the aggregates' counts share this list. */
export const RULE_LIMITS: readonly RuleLimit[] = [
  { metric: 'temperature', low: 18, high: 30, criticalLow: 10, criticalHigh: 40 },
  {
    metric: 'temperature',
    placeType: 'outdoor',
    low: -20,
    high: 45,
    criticalLow: -40,
    criticalHigh: 55,
  },
  { metric: 'humidity', low: 20, high: 75, criticalLow: 10, criticalHigh: 90 },
  { metric: 'humidity', placeType: 'outdoor', low: 0, high: 100 },
  // EN 16798-1: 1000 ppm and more is poor air for a room with people.
  { metric: 'co2', low: 300, high: 1200, criticalLow: 200, criticalHigh: 2500 },
  // US EPA air quality index: 101 unhealthy for sensitive groups, 201 very unhealthy.
  { metric: 'air_quality', high: 100, criticalHigh: 200 },
  { metric: 'pressure', low: 870, high: 1085 },
  // ISO 10816-1, medium machines: above 3.5 mm/s (about zone C) plan work, above 7.1 (zone D) stop.
  { metric: 'vibration', high: 3.5, criticalHigh: 7.1 },
  // Directive 2003/10/EC: upper action value 85 dB; above 100 is critical for a room.
  { metric: 'sound', high: 85, criticalHigh: 100 },
];
