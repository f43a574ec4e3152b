import type { Reading } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { createFleet } from './fleet.ts';
import { atRate, inTime, until } from './pace.ts';
import { PROFILES } from './profiles/index.ts';

const fleet = createFleet({
  profile: PROFILES.machine,
  faultRate: 0,
  devices: 10,
  intervalMs: 100,
});

async function take(readings: AsyncIterable<Reading>, count: number): Promise<number[]> {
  const takenAtMs: number[] = [];
  for await (const _ of readings) {
    takenAtMs.push(Date.now());
    if (takenAtMs.length === count) break;
  }
  return takenAtMs;
}

test('in time: the past comes at once, the future when it is there', async () => {
  const nowMs = Date.now();
  const readings = [...fleet.readings({ fromMs: nowMs - 1_000, toMs: nowMs + 300 })];
  const takenAtMs = await take(inTime(readings), readings.length);
  for (const [index, atMs] of takenAtMs.entries()) {
    const { measuredAtMs } = readings[index] as Reading;
    expect(atMs - Math.max(measuredAtMs, nowMs)).toBeGreaterThanOrEqual(-2);
    expect(atMs - Math.max(measuredAtMs, nowMs)).toBeLessThan(500);
  }
});

test('at a rate: as many a second as asked for', async () => {
  const readings = fleet.readings({ fromMs: 0, toMs: Number.POSITIVE_INFINITY });
  const takenAtMs = await take(atRate(readings, 200), 100);
  const seconds = ((takenAtMs.at(-1) as number) - (takenAtMs[0] as number)) / 1000;
  expect(99 / seconds).toBeGreaterThan(100);
  expect(99 / seconds).toBeLessThan(215);
});

test('the signal ends an endless source, asleep or awake', async () => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const future = fleet.readings({ fromMs: Date.now() + 60_000, toMs: Number.POSITIVE_INFINITY });
  setTimeout(() => stopping.abort(), 20);
  expect(await take(inTime(future, { signal }), 1)).toEqual([]);
  const endless = fleet.readings({ fromMs: 0, toMs: Number.POSITIVE_INFINITY });
  expect(await take(atRate(endless, 10, { signal }), 1)).toEqual([]);
  expect([...until(endless, signal)]).toEqual([]);
});
