import type { BigQuery } from '@google-cloud/bigquery';
import { DATASET } from '@plumbline/contracts';
import { explainError } from '../explain-error.ts';
import type { VersionReference } from '../model/model-pointer.ts';
import type { TrainingReport } from '../train/training-report.ts';

/** What became of a model version. */
export interface VersionEvent {
  readonly modelName: string;
  readonly reference: Pick<VersionReference, 'version' | 'trained_at'>;
  readonly outcome: 'promoted' | 'challenger' | 'superseded';
  /** Why it was not promoted. */
  readonly reasons: readonly string[];
  /** Null for a version that the trainer did not make. */
  readonly report: TrainingReport | null;
  readonly atMs: number;
}

/** Where it is written down what became of each model version. */
export interface VersionLog {
  record(event: VersionEvent): Promise<void>;
}

/** The table `model_versions`. A repeated insert of the same event is dropped by its insert id. */
export function openVersionLog(bigquery: BigQuery): VersionLog {
  return {
    async record(event) {
      const json = versionRow(event);
      const insertId = [json.model_name, json.version, json.outcome, json.recorded_at].join('/');
      const table = bigquery.dataset(DATASET).table('model_versions');
      await table.insert([{ insertId, json }], { raw: true });
    },
  };
}

/** Null, or why it could not be written: what happened to the version stands all the same. */
export async function tryToRecord(log: VersionLog, event: VersionEvent): Promise<string | null> {
  try {
    await log.record(event);
    return null;
  } catch (error) {
    return String(explainError(error));
  }
}

/** The figures are those of the readings that training had set aside; null where none were. */
function versionRow({ modelName, reference, outcome, reasons, report, atMs }: VersionEvent) {
  const judged = report?.evaluation?.next;
  return {
    recorded_at: new Date(atMs).toISOString(),
    model_name: modelName,
    version: reference.version,
    outcome,
    reasons,
    trained_at: reference.trained_at,
    engine: report?.engine ?? 'imported',
    trained_from: report?.data.from ?? null,
    trained_until: report?.data.until ?? null,
    reading_count: report?.data.read_reading_count ?? null,
    device_count: report?.data.device_count ?? null,
    hour_coverage: report?.data.hour_coverage ?? null,
    event_count: judged?.event_count ?? null,
    found_count: judged?.found_count ?? null,
    false_alarm_count: judged?.false_alarm_count ?? null,
  };
}
