import { fitForest, trainBundle } from '@plumbline/detection';
import { encodeModel, type LoadedModel, loadModel } from '../model/load-model.ts';
import { type PointerRole, pointTo, referenceTo } from '../model/model-pointer.ts';
import { ModelRefused } from '../model/model-refused.ts';
import type { ModelStore, StoredPointer } from '../model/model-store.ts';
import { RULES } from '../rules.ts';
import type { ReadingHistory, TimeRange } from '../warehouse/reading-history.ts';
import { tryToRecord, type VersionLog } from '../warehouse/version-log.ts';
import { modelCard } from './card.ts';
import type { TrainConfig } from './config.ts';
import { summarizeData, withoutConstants } from './data-check.ts';
import { type Comparison, evaluate, worseThan } from './evaluation.ts';
import { growByNpm } from './grow-by-npm.ts';
import { profileOf } from './profile.ts';
import { gatherSeries, planSampling, type SamplingPlan } from './sampling.ts';
import { type TrainingReport, trainingReport } from './training-report.ts';

/** What training asks of the world. */
export interface TrainEffects {
  now(): number;
  readonly history: ReadingHistory;
  readonly store: ModelStore;
  readonly versions: VersionLog;
}

export type TrainOutcome =
  | {
      /**
       * - promoted: the new version is current
       * - challenger: it is stored and judges in the shadow of the current one, for the reasons given
       * - superseded: it is stored; another trainer switched the pointer meanwhile, and its version stands
       */
      readonly kind: 'promoted' | 'challenger' | 'superseded';
      readonly version: string;
      readonly report: TrainingReport;
      readonly reasons: readonly string[];
      /** Why the table model_versions does not tell of it; null if it does. */
      readonly unrecorded: string | null;
    }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

const ENGINES = { plumbline: fitForest, npm: growByNpm } as const;

/**
 * Trains a model version on recent history, stores it for good, and makes it current if it is not worse than
 * what is.
 *
 * Two trainers at once give one winner: a pointer is switched only if it is still as it was before training.
 */
export async function train(config: TrainConfig, effects: TrainEffects): Promise<TrainOutcome> {
  const { history, store, versions } = effects;
  const before = {
    current: await store.readPointer('current'),
    challenger: await store.readPointer('challenger'),
  };
  const untilMs = config.untilMs ?? effects.now();
  const range: TimeRange = { fromMs: untilMs - config.windowMs, untilMs };
  const volume = await history.volume(range);
  const plan = planSampling(volume, config.maxReadings);
  const series = await gatherSeries(history.rows(range, plan.training), plan.training);
  const summary = summarizeData(series);
  if (summary.readingCount === 0) {
    return refused(`no reading from ${instant(range.fromMs)} to ${instant(range.untilMs)}`);
  }
  if (summary.coverage < config.minCoverage) {
    return refused(
      `readings in ${percent(summary.coverage)} of the hours, wanted ${percent(config.minCoverage)}`,
    );
  }
  const trainedAt = instant(effects.now());
  const { trees, sampleSize, contamination, seed, minimumSamples } = config;
  const learned = withoutConstants(series, summary);
  const { bundle, missing } = trainBundle(
    learned,
    { trainedAt, trees, sampleSize, contamination, seed, minimumSamples },
    ENGINES[config.engine],
  );
  if (bundle === null) {
    const constant = summary.metrics.filter(({ isConstant }) => isConstant);
    return refused(
      ...missing.map(
        ({ metrics, samples, wanted }) =>
          `${metrics.join(' with ')}: ${samples} samples, wanted ${wanted}`,
      ),
      ...constant.map(({ metric }) => `${metric}: all values are equal`),
    );
  }

  const model = encodeModel(bundle, profileOf(bundle, learned));
  const reference = referenceTo(model, trainedAt);
  const { version } = reference;
  // As a server will have it: a model that does not load must not be stored, let alone be promoted.
  const loaded = loadModel(reference, model);
  const current = await loadCurrent(store, before.current);
  const evaluation = await compare(history, range, plan, loaded, current);
  const reasons =
    config.gate === 'MANUAL'
      ? ['promotion is by hand']
      : evaluation?.current
        ? worseThan(evaluation.current, evaluation.next)
        : [];
  const report = trainingReport(version, config.engine, bundle, {
    range,
    volume,
    plan,
    summary,
    missing,
    evaluation,
  });
  await store.writeFile(version, 'metrics.json', json(report));
  await store.writeFile(version, 'card.md', Buffer.from(modelCard(store.name, report)));
  // The model last: a version whose model is there is whole.
  await store.writeFile(version, 'model.json', model);

  const role: PointerRole = reasons.length === 0 ? 'current' : 'challenger';
  const replaced = before[role];
  const atMs = effects.now();
  const pointer = pointTo(store.name, reference, replaced?.pointer ?? null, instant(atMs));
  const isSwitched = await store.writePointer(role, pointer, replaced?.generation ?? '0');
  const kind = isSwitched ? (role === 'current' ? 'promoted' : 'challenger') : 'superseded';
  const modelName = store.name;
  const event = { modelName, reference, outcome: kind, reasons, report, atMs } as const;
  return { kind, version, report, reasons, unrecorded: await tryToRecord(versions, event) };
}

async function compare(
  history: ReadingHistory,
  range: TimeRange,
  { holdOut }: SamplingPlan,
  next: LoadedModel,
  current: LoadedModel | null,
): Promise<Comparison | null> {
  if (holdOut === null) return null;
  const series = await gatherSeries(history.labelledRows(range, holdOut), holdOut);
  return {
    next: evaluate(next.bundle, RULES, series),
    current: current && evaluate(current.bundle, RULES, series),
  };
}

/** A current version that cannot be loaded is no reason to keep it. */
async function loadCurrent(
  store: ModelStore,
  stored: StoredPointer | null,
): Promise<LoadedModel | null> {
  if (stored === null) return null;
  try {
    return loadModel(stored.pointer, await store.readModel(stored.pointer));
  } catch (error) {
    if (error instanceof ModelRefused) return null;
    throw error;
  }
}

function refused(...problems: string[]): TrainOutcome {
  return { kind: 'refused', problems };
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
