import type { Decision } from '@plumbline/contracts';
import type { RuleSet } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import type { DeviceMemory } from '../serve/device-history.ts';
import { judge } from '../serve/judge.ts';
import { groupReadings, judgeAlone } from '../serve/judge-alone.ts';
import { metricsOf } from '../serve/plain-reading.ts';
import type { TimeRange } from '../warehouse/reading-history.ts';
import type {
  PredictionRow,
  PredictionStore,
  StoredReading,
} from '../warehouse/stored-readings.ts';
import { anomalyRow, predictionRow } from './prediction-rows.ts';
import { addVerdict, type BackfillReport, createReport } from './report.ts';

/** all: as the server judges; forest: each reading by itself, by rules and forests; rules: by rules alone. */
export type Detectors = 'all' | 'forest' | 'rules';

export interface BackfillConfig {
  readonly range: TimeRange;
  /** Readings from so long before the range are judged too, so that devices are known when it begins. */
  readonly leadMs: number;
  readonly detectors: Detectors;
  /** Writes nothing: only says what would be found. */
  readonly isDryRun: boolean;
  readonly shardCount: number;
}

/** What a back-fill asks of the world. */
export interface BackfillEffects {
  readonly store: PredictionStore;
  readonly model: LoadedModel | null;
  readonly rules: RuleSet;
  now(): number;
}

/** Rows of one insert: what BigQuery recommends. */
const WRITE_ROWS = 500;

/**
 * Judges stored readings as the server would have, device by device in the order of measuring, and writes
 * predictions of those that have none.
 *
 * - a reading that has a prediction is judged for what it tells of its device, and not written again: a run that
 *   was killed goes on where it ended when it is started again, and ends with what one run would have written
 * - memory: one device's history and 500 rows, whatever the range holds
 */
export async function backfill(
  config: BackfillConfig,
  { store, model, rules, now }: BackfillEffects,
): Promise<BackfillReport> {
  const { range, leadMs, detectors, isDryRun, shardCount } = config;
  const report = createReport();
  const whole = { fromMs: range.fromMs - leadMs, untilMs: range.untilMs };
  for (let index = 0; index < shardCount; index++) {
    await judgeShard({ index, count: shardCount });
  }
  return report;

  async function judgeShard(shard: { readonly index: number; readonly count: number }) {
    let predictions: PredictionRow[] = [];
    let anomalies: PredictionRow[] = [];
    let deviceId: string | null = null;
    let memory: DeviceMemory | null = null;
    for await (const stored of store.readings(whole, shard)) {
      if (stored.reading.device_id !== deviceId) memory = null;
      deviceId = stored.reading.device_id;
      const decided = decide(stored, memory);
      memory = decided.memory;
      if (stored.atMs < range.fromMs) continue;
      const { decision } = decided;
      const isMissing = stored.wasAnomaly === null;
      addVerdict(report, deviceId, decision, stored.wasAnomaly);
      if (isDryRun || !isMissing) continue;
      report.written++;
      predictions.push(predictionRow(stored, decision, now()));
      if (decision.is_anomaly && !stored.isReported)
        anomalies.push(anomalyRow(stored, decision, now()));
      if (predictions.length < WRITE_ROWS) continue;
      await write(predictions, anomalies);
      predictions = [];
      anomalies = [];
    }
    await write(predictions, anomalies);
  }

  function decide(
    { reading, atMs }: StoredReading,
    memory: DeviceMemory | null,
  ): { readonly decision: Decision; readonly memory: DeviceMemory | null } {
    if (detectors === 'all') return judge(model, rules, memory, reading, atMs);
    const grouped = groupReadings([{ reading, metrics: metricsOf(reading), atMs }]);
    const verdicts = judgeAlone(detectors === 'forest' ? model : null, rules, grouped);
    return { decision: verdicts.decisionOf(0), memory: null };
  }

  /** Anomalies first: a reading counts as judged when its prediction is there, and must then be whole. */
  async function write(
    predictions: readonly PredictionRow[],
    anomalies: readonly PredictionRow[],
  ): Promise<void> {
    if (0 < anomalies.length) await store.write('anomalies', anomalies);
    if (0 < predictions.length) await store.write('predictions', predictions);
  }
}
