import { parseMessage, type Reading } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { type Misdelivery, misdeliver, withMalformed } from './delivery.ts';
import { createFleet } from './fleet.ts';
import { PROFILES } from './profiles/index.ts';
import { publishReadings } from './publish.ts';

const FROM_MS = Date.parse('2026-03-02T08:00:00Z');
const fleet = createFleet({ profile: PROFILES.machine, faultRate: 0 });
const sent = [...fleet.readings({ fromMs: FROM_MS, toMs: FROM_MS + 1_800_000 })];

async function deliver(misdelivery: Misdelivery): Promise<Reading[]> {
  const received: Reading[] = [];
  for await (const reading of misdeliver(sent, misdelivery)) received.push(reading);
  return received;
}
const ids = (readings: readonly Reading[]) => new Set(readings.map(({ readingId }) => readingId));

test('nothing asked for, nothing changed', async () => {
  expect(await deliver({})).toEqual(sent);
});

test('duplicates are whole copies, as many as asked for', async () => {
  const received = await deliver({ duplicates: 0.1 });
  expect(received.length / sent.length).toBeCloseTo(1.1, 2);
  const copies = Map.groupBy(received, ({ readingId }) => readingId);
  expect(copies.size).toBe(sent.length);
  for (const [first, second] of copies.values()) if (second) expect(second).toEqual(first);
});

test('late readings come after younger ones, within the longest delay, and none is lost', async () => {
  const received = await deliver({ late: 0.1, lateByMs: 60_000 });
  expect(received).toHaveLength(sent.length);
  expect(ids(received)).toEqual(ids(sent));
  let newestMs = 0;
  let lateCount = 0;
  for (const { measuredAtMs } of received) {
    newestMs = Math.max(newestMs, measuredAtMs);
    if (measuredAtMs < newestMs) lateCount += 1;
    expect(newestMs - measuredAtMs).toBeLessThan(61_000);
  }
  expect(lateCount / sent.length).toBeCloseTo(0.1, 1);
});

test('a clock that is off is off for all readings of its device alike', async () => {
  const received = await deliver({ skew: 0.3, skewByMs: 60_000 });
  const trueMs = new Map(sent.map(({ readingId, measuredAtMs }) => [readingId, measuredAtMs]));
  const offByDevice = new Map<string, Set<number>>();
  for (const { deviceId, readingId, measuredAtMs } of received) {
    const off = measuredAtMs - (trueMs.get(readingId) as number);
    offByDevice.set(deviceId, (offByDevice.get(deviceId) ?? new Set()).add(off));
  }
  const offs = [...offByDevice.values()];
  expect(offs.every(({ size }) => size === 1)).toBe(true);
  const wrong = offs.flatMap((off) => [...off]).filter((off) => off !== 0);
  expect(wrong.length).toBeGreaterThan(7);
  expect(wrong.length).toBeLessThan(25);
  expect(Math.max(...wrong.map(Math.abs))).toBeLessThanOrEqual(60_000);
});

test('equal seeds go wrong alike, others differently', async () => {
  const wrong = { duplicates: 0.1, late: 0.1, skew: 0.1 };
  expect(await deliver({ ...wrong, seed: 1 })).toEqual(await deliver({ ...wrong, seed: 1 }));
  expect(await deliver({ ...wrong, seed: 1 })).not.toEqual(await deliver({ ...wrong, seed: 2 }));
});

test('malformed messages come in between, each is refused, and no reading is hurt', async () => {
  const good: Reading[] = [];
  const reasons = new Set<string>();
  let refusedCount = 0;
  const receive = async ({ data }: { data: Buffer }) => {
    const { readings, refused } = parseMessage(data, FROM_MS + 1_800_000);
    good.push(...readings);
    for (const { reason } of refused) {
      refusedCount += 1;
      reasons.add(reason);
    }
  };
  const totals = await publishReadings(withMalformed(receive, 0.2), sent, { perMessage: 10 });
  expect(totals.published).toBe(sent.length);
  expect(ids(good)).toEqual(ids(sent));
  expect(refusedCount / totals.messages).toBeCloseTo(0.2, 1);
  expect(reasons.size).toBeGreaterThanOrEqual(5);
});
