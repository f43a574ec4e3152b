import type { MissingModel, ModelBundle, TrainingParameters } from '@plumbline/detection';
import { HASH_RANGE, type TimeRange, type Volume } from '../warehouse/reading-history.ts';
import type { TrainConfig } from './config.ts';
import type { DataSummary } from './data-check.ts';
import type { Comparison } from './evaluation.ts';
import type { SamplingPlan } from './sampling.ts';

/** What `metrics.json` of a version holds. */
export interface TrainingReport {
  readonly schema: 'training-report/1';
  readonly version: string;
  readonly trained_at: string;
  readonly engine: TrainConfig['engine'];
  readonly parameters: TrainingParameters;
  readonly data: {
    readonly from: string;
    readonly until: string;
    readonly stored_reading_count: number;
    readonly device_count: number;
    readonly read_reading_count: number;
    readonly read_share: number;
    readonly hour_coverage: number;
    readonly metrics: readonly {
      readonly metric: string;
      readonly value_count: number;
      readonly missing_share: number;
      readonly is_constant: boolean;
    }[];
  };
  readonly models: readonly {
    readonly metrics: readonly string[];
    readonly place_type: string | null;
    readonly sample_count: number;
    readonly threshold: number;
  }[];
  readonly missing: readonly MissingModel[];
  /** On readings that training did not see; null if there were too few to set some aside. */
  readonly evaluation: Comparison | null;
}

export interface TrainingFacts {
  readonly range: TimeRange;
  readonly volume: Volume;
  readonly plan: SamplingPlan;
  readonly summary: DataSummary;
  readonly missing: readonly MissingModel[];
  readonly evaluation: Comparison | null;
}

export function trainingReport(
  version: string,
  engine: TrainConfig['engine'],
  bundle: ModelBundle,
  { range, volume, plan, summary, missing, evaluation }: TrainingFacts,
): TrainingReport {
  return {
    schema: 'training-report/1',
    version,
    trained_at: bundle.trainedAt,
    engine,
    parameters: bundle.parameters,
    data: {
      from: new Date(range.fromMs).toISOString(),
      until: new Date(range.untilMs).toISOString(),
      stored_reading_count: volume.readingCount,
      device_count: volume.deviceCount,
      read_reading_count: summary.readingCount,
      read_share: (plan.training.hashBelow - plan.training.hashFrom) / HASH_RANGE,
      hour_coverage: summary.coverage,
      metrics: summary.metrics.map((one) => ({
        metric: one.metric,
        value_count: one.valueCount,
        missing_share: one.missingShare,
        is_constant: one.isConstant,
      })),
    },
    models: bundle.models.map((one) => ({
      metrics: one.metrics,
      place_type: one.placeType,
      sample_count: one.sampleCount,
      threshold: one.threshold,
    })),
    missing,
    evaluation,
  };
}
