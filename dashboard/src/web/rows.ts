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
  readonly dead_letter_count: number;
}

/** Values of one step of a chart. */
export interface StepRow {
  readonly start_at: number;
  readonly step_ms: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface SeriesRow extends StepRow {
  readonly metric: MetricName;
  readonly reading_count: number;
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
}

export interface DeadLetterRow {
  readonly dead_letter_id: string;
  readonly received_at: number;
  readonly message_id: string;
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

/** A version as the trainer left it; counts are null where nothing was set aside to judge by. */
export interface ModelRecordRow {
  readonly model_version: string;
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly reading_count: number | null;
  readonly device_count: number | null;
  readonly event_count: number | null;
  readonly found_count: number | null;
  readonly false_alarm_count: number | null;
}

export interface FederatedRoundRow {
  readonly fleet: string;
  readonly round: number;
  readonly started_at: number;
  readonly finished_at: number;
  readonly outcome: string;
  readonly selected_count: number;
  readonly participant_count: number;
  readonly straggler_count: number;
  readonly refused_count: number;
  readonly sample_count: number;
  readonly loss: number | null;
  readonly lowest_loss: number | null;
  readonly highest_loss: number | null;
  readonly received_bytes: number;
  readonly sent_bytes: number;
  readonly epsilon: number | null;
}

export interface FederatedDeviceRow {
  readonly fleet: string;
  readonly client_id: string;
  readonly round_count: number;
  readonly sample_count: number;
  readonly scored_count: number;
  readonly anomaly_count: number;
  readonly first_loss: number;
  readonly loss: number;
  readonly last_at: number;
}

export interface StepCountRow {
  readonly start_at: number;
  readonly step_ms: number;
  readonly severity: SeverityName;
  readonly anomaly_count: number;
}

export interface LaneRow {
  readonly start_at: number;
  readonly step_ms: number;
  readonly device_id: string;
  readonly score: number;
  readonly anomaly_count: number;
  readonly critical_count: number;
  readonly reading_id: string;
}

export interface TypeRow {
  readonly type: string;
  readonly anomaly_count: number;
  readonly device_count: number;
}

export interface ScoreRow {
  readonly score: number;
  readonly prediction_count: number;
  readonly anomaly_count: number;
  readonly threshold: number;
}

export interface AgreementRow {
  readonly prediction_count: number;
  readonly both_count: number;
  readonly rule_only_count: number;
  readonly model_only_count: number;
}

export interface WindowRow {
  readonly start_at: number;
  readonly place_count: number;
  readonly value_count: number;
  readonly rule_anomaly_count: number;
  readonly z_score_anomaly_count: number;
  readonly late_count: number;
  readonly computed_at: number;
}

export interface WindowTotalsRow {
  readonly window_count: number;
  readonly value_count: number | null;
  readonly rule_anomaly_count: number | null;
  readonly z_score_anomaly_count: number | null;
  readonly late_count: number | null;
  readonly first_at: number | null;
  readonly last_at: number | null;
  readonly computed_at: number | null;
}

export interface FloorRow {
  readonly building: string | null;
  readonly floor: number | null;
  readonly metric: MetricName;
  readonly reading_count: number;
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly rule_anomaly_count: number;
}

export interface PlaceTypeRow {
  readonly place_type: string | null;
  readonly metric: MetricName;
  readonly reading_count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly rule_anomaly_count: number;
}

export interface CorrelationRow {
  readonly metric: MetricName;
  readonly other: MetricName;
  readonly correlation: number;
}

export interface BuildingStepRow {
  readonly building: string;
  readonly metric: MetricName;
  readonly start_at: number;
  readonly mean: number;
}

export interface StatisticRow {
  readonly building: string | null;
  readonly floor: number | null;
  readonly place_type: string | null;
  readonly metric: MetricName;
  readonly reading_count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly rule_anomaly_share: number;
}

export interface HourRow {
  readonly metric: MetricName;
  /** 1 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly mean: number;
  readonly rule_anomaly_count: number;
}

export type DeviceRow = PlaceColumns & {
  readonly device_id: string;
  readonly measured_at: number;
  readonly severity: SeverityName | null;
  readonly anomaly_count: number;
  readonly last_anomaly_at: number | null;
} & Readonly<Partial<Record<MetricName, number | null>>>;

export interface StageRow {
  readonly received_at: number | null;
  readonly reading_count: number;
  readonly waiting_count: number;
  readonly oldest_waiting_at: number | null;
  readonly predicted_at: number | null;
  readonly prediction_lag_p50_ms: number | null;
  readonly prediction_lag_p95_ms: number | null;
  readonly computed_at: number | null;
  readonly last_window_at: number | null;
}

export interface FreshnessRow {
  readonly received_at: number | null;
  readonly is_scored: boolean;
  readonly model_version: string | null;
}

export interface IngestionRow {
  readonly start_at: number;
  readonly step_ms: number;
  readonly row_count: number;
  readonly copy_count: number;
  readonly mean_lag_ms: number;
  readonly max_lag_ms: number;
}

export interface UsageRow {
  readonly month_at: number;
  readonly row_count: number;
}
