import { saveBundle, trainBundle } from '@plumbline/detection';
import { pointTo, referenceTo } from '../model/model-pointer.ts';
import type { ModelStore } from '../model/model-store.ts';
import { modelCard } from './card.ts';
import type { TrainConfig } from './config.ts';
import { summarizeData, withoutConstants } from './data-check.ts';
import type { ReadingHistory, TimeRange } from './history.ts';
import { gatherSeries, planSampling } from './sampling.ts';
import { type TrainingReport, trainingReport } from './training-report.ts';

/** What training asks of the world. */
export interface TrainEffects {
  now(): number;
  readonly history: ReadingHistory;
  readonly store: ModelStore;
}

export type TrainOutcome =
  /** A new version is current. */
  | { readonly kind: 'promoted'; readonly version: string; readonly report: TrainingReport }
  /** The version is stored, but another trainer switched the pointer meanwhile: its version stays current. */
  | { readonly kind: 'superseded'; readonly version: string; readonly report: TrainingReport }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/**
 * Trains a model version on recent history, stores it for good and makes it current.
 *
 * Two trainers at once give one winner: the pointer is switched only if it is still as it was before training.
 */
export async function train(config: TrainConfig, effects: TrainEffects): Promise<TrainOutcome> {
  const { history, store } = effects;
  const before = await store.readPointer('current');
  const untilMs = config.untilMs ?? effects.now();
  const range: TimeRange = { fromMs: untilMs - config.windowMs, untilMs };
  const volume = await history.volume(range);
  const sampling = planSampling(range, volume, config.maxReadings);
  const series = await gatherSeries(history.rows(range, sampling), sampling);
  const summary = summarizeData(series);
  if (summary.coverage < config.minCoverage) {
    return refused(
      0 < summary.readingCount
        ? `readings in ${percent(summary.coverage)} of the hours, wanted ${percent(config.minCoverage)}`
        : `no reading from ${instant(range.fromMs)} to ${instant(range.untilMs)}`,
    );
  }
  const trainedAt = instant(effects.now());
  const { trees, sampleSize, contamination, seed, minimumSamples } = config;
  const { bundle, missing } = trainBundle(withoutConstants(series, summary), {
    trainedAt,
    trees,
    sampleSize,
    contamination,
    seed,
    minimumSamples,
  });
  if (bundle === null) {
    return refused(
      ...missing.map(
        ({ metrics, samples, wanted }) =>
          `${metrics.join(' with ')}: ${samples} samples, wanted ${wanted}`,
      ),
      ...summary.metrics
        .filter(({ isConstant }) => isConstant)
        .map(({ metric }) => `${metric}: all values are equal`),
    );
  }

  const model = Buffer.from(JSON.stringify(saveBundle(bundle)));
  const reference = referenceTo(model, trainedAt);
  const { version } = reference;
  const report = trainingReport(version, bundle, { range, volume, sampling, summary, missing });
  await store.writeFile(
    version,
    'metrics.json',
    Buffer.from(`${JSON.stringify(report, null, 2)}\n`),
  );
  await store.writeFile(version, 'card.md', Buffer.from(modelCard(store.name, report)));
  // The model last: a version whose model is there is whole.
  await store.writeFile(version, 'model.json', model);
  const pointer = pointTo(store.name, reference, before?.pointer ?? null, instant(effects.now()));
  const isPromoted = await store.writePointer('current', pointer, before?.generation ?? '0');
  return { kind: isPromoted ? 'promoted' : 'superseded', version, report };
}

function refused(...problems: string[]): TrainOutcome {
  return { kind: 'refused', problems };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
