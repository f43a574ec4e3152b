import type { TrainingSeries } from '@plumbline/detection';
import type { HistoryRow, Sampling, TimeRange, Volume } from './history.ts';

/** Readings of one device that a block should hold: the rolling features of the last 10 settle well within it. */
const READINGS_PER_BLOCK = 200;
const MIN_BLOCK_SECONDS = 600;

/**
 * Chooses what to read of a range that may hold far more than fits.
 *
 * Blocks are long enough to hold many readings of a device; the share kept aims at `maxReadings`, and the
 * limit holds whatever the hash does.
 */
export function planSampling(range: TimeRange, volume: Volume, maxReadings: number): Sampling {
  const rangeSeconds = Math.ceil((range.untilMs - range.fromMs) / 1000);
  const perDevice = volume.readingCount / Math.max(1, volume.deviceCount);
  const secondsPerReading = rangeSeconds / Math.max(1, perDevice);
  return {
    keepOf1000: Math.min(1000, Math.ceil((1000 * maxReadings) / Math.max(1, volume.readingCount))),
    blockSeconds: Math.max(MIN_BLOCK_SECONDS, Math.ceil(secondsPerReading * READINGS_PER_BLOCK)),
    limit: Math.ceil(maxReadings * 1.1),
  };
}

interface OpenSeries {
  readonly deviceId: string;
  readonly placeType?: string;
  readonly points: { atMs: number; metrics: Readonly<Record<string, number>> }[];
  lastBlock: number;
}

/**
 * Gathers rows, by device and in time order, to series without holes of our own making: where a block was
 * left out, a new series begins. A hole in the data itself stays, as the server will see it too.
 */
export async function gatherSeries(
  rows: AsyncIterable<HistoryRow>,
  { keepOf1000, blockSeconds }: Sampling,
): Promise<TrainingSeries[]> {
  const series: OpenSeries[] = [];
  let open: OpenSeries | undefined;
  for await (const { deviceId, atMs, placeType, metrics } of rows) {
    const block = Math.floor(atMs / 1000 / blockSeconds);
    const isCut = keepOf1000 < 1000 && open !== undefined && open.lastBlock + 1 < block;
    if (open === undefined || open.deviceId !== deviceId || isCut) {
      open = { deviceId, points: [], lastBlock: block, ...(placeType !== null && { placeType }) };
      series.push(open);
    }
    open.points.push({ atMs, metrics });
    open.lastBlock = block;
  }
  return series.map(({ points, placeType }) => ({
    points,
    ...(placeType !== undefined && { placeType }),
  }));
}
