import type { Decision } from '@plumbline/contracts';
import type { Registry } from '@plumbline/telemetry';

/** Told of each reading that was judged. */
export interface VerdictMetrics {
  /** Nothing found fault with it; its score is a multiple of the threshold. */
  ordinary(level: number): void;
  decided(decision: Decision): void;
}

const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.5, 2, 4, 8];

/** How far readings are from being anomalies, and who found those that are. */
export function createVerdictMetrics(registry: Registry): VerdictMetrics {
  const observeLevel = registry
    .histogram('iot_prediction_score', 'Scores, as multiples of their threshold', LEVELS)
    .of();
  const anomalies = registry.counter(
    'iot_anomalies_total',
    'Anomalies, by who found them: rules, models (forests and streaming detectors), or both',
    ['found_by'],
  );
  const foundBy = {
    rules: anomalies.of('rules'),
    models: anomalies.of('models'),
    both: anomalies.of('both'),
  };
  return {
    ordinary: observeLevel,
    decided({ score, threshold, is_anomaly, detectors }) {
      observeLevel(score / threshold);
      if (!is_anomaly) return;
      const byRules = detectors.some((vote) => vote.detector === 'rule' && vote.is_anomaly);
      const byModels = detectors.some((vote) => vote.detector !== 'rule' && vote.is_anomaly);
      foundBy[byRules ? (byModels ? 'both' : 'rules') : 'models'](1);
    },
  };
}
