import { expect, test } from 'vitest';
import { HASH_RANGE, type HistoryRow, type Volume } from '../warehouse/reading-history.ts';
import { gatherSeries, planSampling } from './sampling.ts';

const DAY_MS = 86_400_000;

function volume(readingCount: number, deviceCount: number, days: number): Volume {
  return { readingCount, deviceCount, firstMs: 0, lastMs: days * DAY_MS };
}

test('little is read whole, and nothing is held out of it', () => {
  const { training, holdOut } = planSampling(volume(500, 5, 1), 200_000);
  expect(training).toMatchObject({ hashFrom: 0, hashBelow: HASH_RANGE });
  expect(holdOut).toBeNull();
});

test('of much, a share is read that fits, and what is held out is apart from it', () => {
  // 50 devices every 10 s for a week: 3,024,000 readings.
  const { training, holdOut } = planSampling(volume(3_024_000, 50, 7), 200_000);
  expect((3_024_000 * training.hashBelow) / HASH_RANGE).toBeCloseTo(200_000, -3);
  expect(training.limit).toBe(220_000);
  expect(holdOut?.hashFrom).toBeGreaterThanOrEqual(training.hashBelow);
  expect(holdOut?.hashBelow).toBe(HASH_RANGE);
});

test('a block holds 200 readings of a device, and at least 10 minutes', () => {
  // A reading every 10 s and every second.
  expect(planSampling(volume(8_640, 1, 1), 1_000).training.blockSeconds).toBe(2_000);
  expect(planSampling(volume(86_400, 1, 1), 1_000).training.blockSeconds).toBe(600);
});

test('a new series begins with each device and where blocks were left out, not at holes in the data', async () => {
  const rows: HistoryRow[] = [
    ['a', 0],
    ['a', 500],
    ['a', 1_000],
    ['a', 3_500],
    ['b', 3_600],
  ].map(([deviceId, seconds]) => ({
    deviceId: String(deviceId),
    atMs: Number(seconds) * 1000,
    metrics: { temperature: 1 },
  }));
  const gather = async (hashBelow: number) => {
    const sample = { hashFrom: 0, hashBelow, blockSeconds: 600, limit: 100 };
    const series = await gatherSeries(each(rows), sample);
    return series.map(({ points }) => points.length);
  };
  expect(await gather(HASH_RANGE)).toEqual([4, 1]);
  expect(await gather(5_000)).toEqual([3, 1, 1]);
});

async function* each<Row>(rows: readonly Row[]): AsyncIterable<Row> {
  yield* rows;
}
