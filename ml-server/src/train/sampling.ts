import {
  HASH_RANGE,
  type HistoryRow,
  type Sample,
  type Volume,
} from '../warehouse/reading-history.ts';

/** Readings of one device that a block should hold: the rolling features of the last 10 settle well within it. */
const READINGS_PER_BLOCK = 200;
const MIN_BLOCK_SECONDS = 600;
/** Share of the blocks that no training sees, so that models can be compared on them. */
const HOLD_OUT_SHARE = 0.1;
const MAX_HOLD_OUT_READINGS = 10_000;
/** With fewer readings every one is needed for training. */
const MIN_READINGS_TO_HOLD_OUT = 2_000;

export interface SamplingPlan {
  readonly training: Sample;
  /** Null when there is too little to set anything aside. */
  readonly holdOut: Sample | null;
}

/**
 * Chooses what to read of a time range that may hold far more than fits.
 *
 * Blocks are long enough to hold many readings of a device. The shares aim at `maxReadings`, the limits hold
 * whatever the hash does.
 */
export function planSampling(volume: Volume, maxReadings: number): SamplingPlan {
  const { readingCount, deviceCount, firstMs, lastMs } = volume;
  const spanSeconds = (lastMs - firstMs) / 1000;
  const perDevice = readingCount / Math.max(1, deviceCount);
  const secondsPerReading = spanSeconds / Math.max(1, perDevice);
  const blockSeconds = Math.max(
    MIN_BLOCK_SECONDS,
    Math.ceil(secondsPerReading * READINGS_PER_BLOCK),
  );
  const sample = (hashFrom: number, hashBelow: number, readings: number): Sample => ({
    hashFrom,
    hashBelow,
    blockSeconds,
    limit: Math.round(readings * 1.1),
  });
  const shareOf = (readings: number) => Math.min(1, readings / Math.max(1, readingCount));
  const isHeldOut = MIN_READINGS_TO_HOLD_OUT <= readingCount;
  const holdOutShare = isHeldOut ? Math.min(HOLD_OUT_SHARE, shareOf(MAX_HOLD_OUT_READINGS)) : 0;
  const holdOutFrom = HASH_RANGE - Math.ceil(HASH_RANGE * holdOutShare);
  const trainingBelow = Math.min(holdOutFrom, Math.ceil(HASH_RANGE * shareOf(maxReadings)));
  return {
    training: sample(0, trainingBelow, maxReadings),
    holdOut: isHeldOut ? sample(holdOutFrom, HASH_RANGE, MAX_HOLD_OUT_READINGS) : null,
  };
}

/** Readings of one device in time order, without holes of our own making. */
export interface Series<Row extends HistoryRow> {
  readonly deviceId: string;
  readonly placeType?: string;
  readonly points: readonly Row[];
}

/**
 * Gathers rows, by device and in time order, to series: where a block was left out, a new series begins. A
 * hole in the data itself stays, as the server sees it too.
 */
export async function gatherSeries<Row extends HistoryRow>(
  rows: AsyncIterable<Row>,
  { hashFrom, hashBelow, blockSeconds }: Sample,
): Promise<Series<Row>[]> {
  const isWhole = hashFrom === 0 && hashBelow === HASH_RANGE;
  const all: Series<Row>[] = [];
  let deviceId: string | undefined;
  let points: Row[] = [];
  let lastBlock = 0;
  for await (const row of rows) {
    const block = Math.floor(row.atMs / 1000 / blockSeconds);
    const isCut = !isWhole && lastBlock + 1 < block;
    if (deviceId !== row.deviceId || isCut) {
      deviceId = row.deviceId;
      points = [];
      const { placeType } = row;
      all.push({ deviceId, points, ...(placeType !== undefined && { placeType }) });
    }
    points.push(row);
    lastBlock = block;
  }
  return all;
}
