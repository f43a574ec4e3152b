import { type PointFeatures, pointFeatures } from '@plumbline/detection';
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

interface Watched {
  readonly histogram: Histogram;
  counts: number[];
  total: number;
}

export function createDriftMonitor(): DriftMonitor {
  let profile: TrainingProfile | null = null;
  let watched = new Map<string, Watched>();

  return {
    observe(model, before, judged) {
      if (model.profile !== profile) {
        profile = model.profile;
        watched = new Map(
          profile.map((histogram) => [
            keyOf(histogram.metric, histogram.feature),
            { histogram, counts: histogram.shares.map(() => 0), total: 0 },
          ]),
        );
      }
      const { utcOffsetMinutes } = model.bundle.parameters;
      for (const { metric, value } of judged.decision.metrics) {
        const history = before?.state.series.get(metric)?.history ?? null;
        const features = pointFeatures(history, judged.atMs, value, utcOffsetMinutes);
        count(metric, features, judged.forestScoreOf(metric));
      }
    },
    indices() {
      return [...watched.values()].flatMap(({ histogram, counts, total }): FeatureDrift[] => {
        if (total < MIN_COUNT) return [];
        const { metric, feature, shares } = histogram;
        return [{ metric, feature, index: stabilityIndex(shares, counts) }];
      });
    },
  };

  function count(metric: string, features: PointFeatures, forestScore: number | null): void {
    for (const feature of WATCHED_FEATURES) {
      add(watched.get(keyOf(metric, feature)), features[feature]);
    }
    if (forestScore !== null) add(watched.get(keyOf(metric, 'score')), forestScore);
  }
}

function keyOf(metric: string, feature: string): string {
  return `${metric}/${feature}`;
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
