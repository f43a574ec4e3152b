import type { MetricName } from '@plumbline/contracts/metrics';
import type { SeverityName } from './address.ts';

/** Rows as the API gives them; times are epoch ms, an unknown value is null. */
export type ReadingRow = PlaceColumns & {
  readonly reading_id: string;
  readonly device_id: string;
  readonly measured_at: number;
  readonly received_at: number;
  readonly severity?: SeverityName | null;
} & Readonly<Partial<Record<MetricName, number | null>>>;

export interface PlaceColumns {
  readonly building: string | null;
  readonly floor: number | null;
  readonly room: string | null;
  readonly place_type: string | null;
}

export interface Contribution {
  readonly metric: string;
  readonly value: number;
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly share: number;
}

export interface AnomalyRow extends PlaceColumns {
  readonly reading_id: string;
  readonly device_id: string;
  readonly measured_at: number;
  readonly predicted_at: number;
  readonly score: number;
  readonly threshold: number;
  readonly severity: SeverityName;
  readonly anomaly_types: readonly string[];
  readonly detectors: readonly string[];
  readonly model_version: string | null;
  readonly is_alert: boolean;
  readonly explanation: string;
  readonly contributions: readonly Contribution[];
}

export interface TotalsRow {
  readonly reading_count: number;
  readonly location_count: number;
  readonly temperature: number | null;
  readonly humidity: number | null;
  readonly co2: number | null;
  readonly energy: number | null;
  readonly occupancy: number | null;
  readonly last_measured_at: number | null;
  readonly last_received_at: number | null;
  readonly active_count: number;
  readonly silent_count: number;
  readonly anomaly_count: number;
  readonly anomalous_device_count: number;
  readonly dead_letter_count: number;
}

export interface SeriesRow {
  readonly metric: MetricName;
  readonly start_at: number;
  readonly step_ms: number;
  readonly reading_count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface UsualRow {
  readonly metric: string;
  readonly mean: number;
  readonly deviation: number;
}

export interface StatusRow {
  readonly severity: SeverityName;
  readonly device_count: number;
}

export interface PlaceRow {
  readonly building: string | null;
  readonly floor: number | null;
  readonly place_type: string | null;
  readonly device_count: number;
}

export interface DeadLetterRow {
  readonly dead_letter_id: string;
  readonly received_at: number;
  readonly reason: string;
  readonly detail: string;
}

export interface ModelRow {
  readonly model_version: string | null;
  readonly prediction_count: number;
  readonly anomaly_count: number;
  readonly mean_score: number;
  readonly mean_threshold: number;
  readonly first_predicted_at: number;
  readonly last_predicted_at: number;
}
