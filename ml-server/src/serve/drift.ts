import { type PointColumns, type PointFeatures, pointFeatures } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';
import {
  binOf,
  type Histogram,
  stabilityIndex,
  type TrainingProfile,
  WATCHED_FEATURES,
} from '../model/training-profile.ts';
import type { DeviceMemory } from './device-history.ts';
import type { Judged } from './judge.ts';

/** How far live readings have moved from those that the current model learned from. */
export interface DriftMonitor {
  /** Counts one judged reading. */
  observe(model: LoadedModel, before: DeviceMemory | null, judged: Judged): void;
  /** Counts the values of readings that were judged by themselves: their other features say nothing. */
  observeAlone(model: LoadedModel, groups: readonly PointColumns[]): void;
  /** One entry for each feature that has been seen often enough. */
  indices(): readonly FeatureDrift[];
}

export interface FeatureDrift {
  readonly metric: string;
  readonly feature: string;
  /** Population stability index. */
  readonly index: number;
}

/** Readings of a metric before its index means something. */
const MIN_COUNT = 200;
/** When so many were counted, all counts are halved: the index is of about the last so many. */
const WINDOW_COUNT = 10_000;

/** Of the readings of one batch, as many as these are enough to tell where they lie. */
const MAX_COUNTED = 64;

interface Watched {
  readonly histogram: Histogram;
  counts: number[];
  total: number;
}

export function createDriftMonitor(): DriftMonitor {
  let profile: TrainingProfile | null = null;
  /** By metric, then by feature. */
  let watched = new Map<string, Map<string, Watched>>();

  return {
    observe(model, before, judged) {
      watch(model.profile);
      const { utcOffsetMinutes } = model.bundle.parameters;
      for (const { metric, value } of judged.decision.metrics) {
        const history = before?.state.series.get(metric)?.history ?? null;
        const features = pointFeatures(history, judged.atMs, value, utcOffsetMinutes);
        count(metric, features, judged.forestScoreOf(metric));
      }
    },
    observeAlone(model, groups) {
      watch(model.profile);
      for (const { metrics, values } of groups) {
        for (let i = 0; i < metrics.length; i++) {
          const entry = watched.get(metrics[i] as string)?.get('value');
          const own = values[i] as readonly number[];
          const step = Math.ceil(own.length / MAX_COUNTED);
          for (let at = 0; at < own.length; at += step) add(entry, own[at] as number);
        }
      }
    },
    indices() {
      const entries = [...watched.values()].flatMap((features) => [...features.values()]);
      return entries.flatMap(({ histogram, counts, total }): FeatureDrift[] => {
        if (total < MIN_COUNT) return [];
        const { metric, feature, shares } = histogram;
        return [{ metric, feature, index: stabilityIndex(shares, counts) }];
      });
    },
  };

  /** Starts to count anew with another model version. */
  function watch(next: TrainingProfile): void {
    if (next === profile) return;
    profile = next;
    watched = new Map();
    for (const histogram of next) {
      const features = watched.get(histogram.metric) ?? new Map<string, Watched>();
      watched.set(histogram.metric, features);
      const counts = histogram.shares.map(() => 0);
      features.set(histogram.feature, { histogram, counts, total: 0 });
    }
  }

  function count(metric: string, features: PointFeatures, forestScore: number | null): void {
    const known = watched.get(metric);
    for (const feature of WATCHED_FEATURES) add(known?.get(feature), features[feature]);
    if (forestScore !== null) add(known?.get('score'), forestScore);
  }
}

function add(entry: Watched | undefined, value: number): void {
  if (entry === undefined) return;
  const bin = binOf(entry.histogram.edges, value);
  entry.counts[bin] = (entry.counts[bin] as number) + 1;
  entry.total++;
  if (entry.total < WINDOW_COUNT) return;
  entry.counts = entry.counts.map((one) => one / 2);
  entry.total /= 2;
}
