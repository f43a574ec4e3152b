import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usdOf } from './design.ts';
import { LIMITS, share } from './limits.ts';
import { plan } from './plan.ts';
import { scaleReport } from './report.ts';

const FLEETS = [1_000, 100_000, 10_000_000];
const names = (devices: number, interval = 10) =>
  plan(devices, interval).steps.map(({ flip }) => flip);

test('a thousand devices break nothing: packing saves money, and that is all', () => {
  const { steps } = plan(1_000, 10);
  expect(steps[0]).toMatchObject({ flip: 'packing', limit: undefined });
  expect(steps.every(({ limit }) => limit === undefined)).toBe(true);
});

test('a hundred thousand devices are more than one ML server remembers', () => {
  const redis = plan(100_000, 10).steps.find(({ flip }) => flip === 'redis');
  expect(redis?.limit?.what).toBe('Devices that the ML server remembers');
});

test('ten million devices go beyond functions, and their windows are cheaper in the stream', () => {
  expect(names(10_000_000)).toEqual(
    expect.arrayContaining(['packing', 'redis cluster', 'pull workers', 'dataflow']),
  );
});

test('pushes at their quota are packed, then pulled', () => {
  const pushed = LIMITS.find(({ what }) => what === 'Pub/Sub, pushed in a region');
  if (pushed === undefined) throw new Error('no such limit');
  const alone = { devices: 10_000_000, intervalSeconds: 10, switches: [] };
  // 1e6 messages/s × 1,000 bytes × 2 subscriptions = 2,000 MB/s of 440.
  expect(share(pushed, alone)).toBeCloseTo(2_000 / 440, 2);
  expect(share(pushed, { ...alone, switches: ['packing'] })).toBeLessThan(1);
  expect(share(pushed, { ...alone, switches: ['pull workers'] })).toBe(0);
});

test('what writes more than BigQuery takes is written by a subscription', () => {
  expect(names(1_000_000_000)).toContain('BigQuery subscription');
});

test.each(FLEETS)(
  'the plan for %i devices keeps every limit that it does not name as open',
  (devices) => {
    const { grown, open } = plan(devices, 10);
    const broken = LIMITS.filter((limit) => share(limit, grown) > 1);
    expect(broken.map(({ what }) => what)).toEqual(open.map(({ what }) => what));
  },
);

test.each(FLEETS)('a switch that is flipped for money saves it, of %i devices', (devices) => {
  for (const { limit, before, after } of plan(devices, 10).steps) {
    if (limit === undefined) expect(usdOf(after)).toBeLessThan(usdOf(before));
  }
});

test.each(FLEETS)('docs/scale.md says of %i devices what the command prints', (devices) => {
  const page = readFileSync(new URL('../../../docs/scale.md', import.meta.url), 'utf8');
  expect(page).toContain(scaleReport(devices, 10));
});
