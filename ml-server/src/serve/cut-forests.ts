import {
  type BatchReading,
  type DetectorDecision,
  type MetricName,
  RANDOM_CUT_FOREST,
} from '@plumbline/contracts';
import { createRandomCutForest, type RandomCutForest } from '@plumbline/detection';

/** One random cut forest for each series: what a device says of the metrics that forests are kept for. */
export interface CutForests {
  /**
   * Follows a reading, and says how strange it is among the newest of its series.
   *
   * Null for a reading without such metrics, for the first `WARM_UP` of a series, for one that is older than the
   * newest of its series, and for a series that there is no room for. The reading that came last gets the same
   * answer again. It says how strange, not that it is an anomaly.
   */
  follow(reading: BatchReading, atMs: number): DetectorDecision | null;
  seriesCount(): number;
}

/** 0.6 MB a series with 4 metrics or fewer, and less than 0.1 ms a reading. */
const FOREST = { treeCount: 30, size: 128 };
/** 120 MB. */
export const MAX_SERIES = 200;
/** A series that was silent for so long makes room for another; before, forests would start anew all the time. */
const SILENT_MS = 3_600_000;
/** Among fewer readings everything is strange. */
export const WARM_UP = 64;
/** Scores that the threshold is taken from, and the share of them below it. */
const REMEMBERED_SCORES = 512;
const ORDINARY_SHARE = 0.99;

interface Series {
  readonly forest: RandomCutForest;
  /** The newest scores, in no order; the oldest is overwritten. */
  readonly scores: Float32Array;
  atMs: number;
  vote: DetectorDecision | null;
}

/** - metrics: of one unit, as a forest cuts where values lie furthest apart; the same ones give the same scores */
export function createCutForests(metrics: readonly MetricName[]): CutForests {
  // In the order of use: the series that was silent for the longest time comes first.
  const known = new Map<string, Series>();
  return {
    follow(reading, atMs) {
      const point: number[] = [];
      let key = reading.device_id;
      for (const name of metrics) {
        const value = reading[name];
        if (value === undefined) continue;
        point.push(value);
        key += ` ${name}`;
      }
      if (point.length === 0) return null;
      const series = known.get(key) ?? start(key, point.length, atMs);
      if (series === null) return null;
      if (series.atMs < atMs) {
        learn(series, point, atMs);
        known.delete(key);
        known.set(key, series);
      }
      return series.atMs === atMs ? series.vote : null;
    },
    seriesCount: () => known.size,
  };

  function start(key: string, dimensions: number, atMs: number): Series | null {
    if (MAX_SERIES <= known.size) {
      const [first] = known;
      if (first === undefined || atMs - first[1].atMs < SILENT_MS) return null;
      known.delete(first[0]);
    }
    return {
      forest: createRandomCutForest({ ...FOREST, dimensions, seed: seedOf(key) }),
      scores: new Float32Array(REMEMBERED_SCORES),
      atMs: Number.NEGATIVE_INFINITY,
      vote: null,
    };
  }
}

function learn(series: Series, point: readonly number[], atMs: number): void {
  const { forest, scores } = series;
  const isWarm = WARM_UP <= forest.count;
  const threshold = isWarm ? thresholdOf(series) : 0;
  const score = forest.follow(point);
  scores[(forest.count - 1) % REMEMBERED_SCORES] = score;
  series.atMs = atMs;
  series.vote = isWarm
    ? { detector: RANDOM_CUT_FOREST, score, threshold, is_anomaly: false }
    : null;
}

/** What all but a hundredth of the newest scores are below. */
function thresholdOf({ forest, scores }: Series): number {
  const newest = scores.slice(0, Math.min(forest.count, REMEMBERED_SCORES)).sort();
  return newest[Math.floor(ORDINARY_SHARE * newest.length)] as number;
}

/** FNV-1a, 32 bits. */
function seedOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
