import type { Severity } from './decision.ts';

/**
 * One detector's finding about one metric, or about all together (metric null), on the common scale:
 * level 1 is the detector's threshold.
 */
export interface Finding {
  readonly name: string;
  readonly metric: string | null;
  readonly score: number;
  readonly threshold: number;
  readonly level: number;
  readonly severity: Severity;
  /** Where the value lies against what was expected; null when it is the pattern that is strange. */
  readonly direction: 'low' | 'high' | null;
  /** The limit that a rule compares with. */
  readonly limit: number | null;
}

const NAMES: Readonly<Record<string, { readonly high?: string; readonly low?: string }>> = {
  temperature: { high: 'overheating', low: 'unusual_cooling' },
  co2: { high: 'poor_ventilation' },
  air_quality: { high: 'poor_ventilation' },
  energy: { high: 'equipment_energy_spike' },
  vibration: { high: 'excess_vibration' },
};

/** Two findings that are each this strong, on different metrics, are one fault of the device. */
const CORRELATED_METRICS = 2;

/** Names what kinds of anomaly the findings are, the strongest first. Findings below level 1 name nothing. */
export function anomalyTypes(findings: readonly Finding[], isSudden: boolean): string[] {
  const anomalies = tellingAnomalies(findings);
  const types = new Set(anomalies.map(typeOf));
  const metrics = new Set(anomalies.flatMap(({ metric }) => (metric === null ? [] : [metric])));
  if (0 < anomalies.length && isSudden) types.add('sudden_change');
  if (CORRELATED_METRICS <= metrics.size) types.add('correlated_failure');
  return [...types];
}

/**
 * The findings at level 1 and above, the strongest first. That a combination is unusual tells nothing more
 * once one of its metrics is known to be, so it is named only when it stands alone.
 */
export function tellingAnomalies(findings: readonly Finding[]): Finding[] {
  const anomalies = findings.filter((finding) => 1 <= finding.level);
  anomalies.sort((a, b) => b.level - a.level);
  const hasSingle = anomalies.some(({ metric }) => metric !== null);
  return hasSingle ? anomalies.filter(({ name }) => name !== 'joint_forest') : anomalies;
}

function typeOf({ name, metric, direction }: Finding): string {
  if (name === 'silence') return 'silence';
  if (name === 'stuck') return 'stuck';
  if (metric === null || name === 'relation') return 'unusual_combination';
  if (direction === null) return 'unusual_pattern';
  const known = NAMES[metric]?.[direction];
  if (known !== undefined) return known;
  if (name === 'rule') return direction === 'high' ? 'above_limit' : 'below_limit';
  return direction === 'high' ? 'unusually_high' : 'unusually_low';
}
