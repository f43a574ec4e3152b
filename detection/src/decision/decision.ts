export type Severity = 'normal' | 'warning' | 'critical';

/** What is said about one point of one device. */
export interface Decision {
  /** score >= threshold */
  readonly isAnomaly: boolean;
  /** Finite, at least 0, higher is stranger: the highest of the detectors, each against its own threshold. */
  readonly score: number;
  readonly threshold: 1;
  readonly severity: Severity;
  /** What kind of anomaly, most telling first; empty when normal. */
  readonly types: readonly string[];
  /** Every detector that had something to go by. */
  readonly detectors: readonly DetectorVote[];
  /** One a metric of the point, in its order. */
  readonly metrics: readonly MetricDecision[];
  /** A sentence for a person. */
  readonly explanation: string;
  /** True on the reading that starts an episode: one fault, one alert. */
  readonly alert: boolean;
  /** The episode that an anomaly belongs to; null when normal or when the reading came late. */
  readonly episode: Episode | null;
}

export interface DetectorVote {
  readonly name: string;
  /** Null: the detector looks at all metrics of the point together. */
  readonly metric: string | null;
  /** On the detector's own scale, as the threshold. */
  readonly score: number;
  readonly threshold: number;
  readonly isAnomaly: boolean;
}

export interface MetricDecision {
  readonly metric: string;
  readonly value: number;
  /** Same scale as the decision's score. */
  readonly score: number;
  readonly threshold: 1;
  readonly isAnomaly: boolean;
  /** What was expected, and the band of the ordinary; null while nothing is known. */
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Share of the decision's score, 0 to 1; the shares sum to 1 unless all scores are 0. */
  readonly contribution: number;
}

/** One fault as a device saw it: from its first anomaly until enough ordinary readings followed. */
export interface Episode {
  readonly startMs: number;
  readonly peakMs: number;
  readonly peakScore: number;
  /** The last anomaly so far. */
  readonly lastMs: number;
  /** Anomalies so far. */
  readonly readingCount: number;
}
