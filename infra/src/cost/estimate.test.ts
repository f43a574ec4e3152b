import { expect, test } from 'vitest';
import { ENVIRONMENTS } from '../environments.ts';
import { alwaysOn, estimate, type Load, usdPerMillionReadings } from './estimate.ts';

const load: Load = { readingsPerSecond: 5, readingsPerMessage: 10 };

function cost(change: Partial<Load>, environment = ENVIRONMENTS.dev): Record<string, number> {
  return Object.fromEntries(
    estimate({ ...load, ...change }, environment).map(({ what, usdPerMonth }) => [
      what,
      usdPerMonth,
    ]),
  );
}

test('insertAll counts a row as a kibibyte at least: a million readings with their predictions cost 9.5 cents', () => {
  // 2e6 rows × 1,024 bytes = 1.907 GiB at 0.05.
  const perSecond = 1e6 / (730 * 3_600);
  const insertAll = { ...ENVIRONMENTS.dev, warehouseWriter: 'insert-all' as const };
  expect(cost({ readingsPerSecond: perSecond }, insertAll)['BigQuery, rows written']).toBeCloseTo(
    0.0954,
    3,
  );
});

test('Storage Write counts bytes, of which 2 TiB are free', () => {
  expect(cost({ readingsPerSecond: 2_000 })['BigQuery, rows written']).toBe(0);
  // 10,000 readings/s: 26.28e9 × 372 bytes = 9,104.7 GiB, less 2,048, at 0.025.
  expect(cost({ readingsPerSecond: 10_000 })['BigQuery, rows written']).toBeCloseTo(176.4, 0);
});

test('Pub/Sub is free up to 10 GiB, then 40 a TiB for each way', () => {
  expect(cost({})['Pub/Sub']).toBe(0);
  // 1,000 readings/s in messages of 100: 26.28e6 messages × 4,819 bytes × 3 ways = 0.34555 TiB, less 10 GiB.
  const busy = cost({ readingsPerSecond: 1_000, readingsPerMessage: 100 });
  expect(busy['Pub/Sub']).toBeCloseTo((0.34555 - 10 / 1024) * 40, 1);
});

test('a million readings cost their share of the month', () => {
  // 5 readings/s are 13.14 million in 730 hours.
  const month = Object.values(cost({})).reduce((sum, usd) => sum + usd, 0);
  expect(usdPerMillionReadings(ENVIRONMENTS.dev, load)).toBeCloseTo(month / 13.14, 9);
});

test('packing saves requests and never costs more', () => {
  const single = cost({ readingsPerSecond: 100, readingsPerMessage: 1 });
  const packed = cost({ readingsPerSecond: 100, readingsPerMessage: 100 });
  for (const [what, usd] of Object.entries(packed)) {
    expect(usd, what).toBeLessThanOrEqual(single[what] ?? 0);
  }
  // 262.8e6 messages × 3 requests, less 2e6 that are free, at 0.40 a million.
  expect(single['Requests to functions and ML server']).toBeCloseTo(314.56, 1);
});

test('an idle dev environment costs nearly nothing, a warm prod instance a few dollars', () => {
  const sum = (lines: Record<string, number>) => Object.values(lines).reduce((a, b) => a + b, 0);
  expect(sum(cost({ readingsPerSecond: 0.001 }))).toBeLessThan(1);
  // 2 vCPU × 2.5e-6 + 2 GiB × 2.5e-6 a second.
  expect(cost({}, ENVIRONMENTS.prod)['Instances kept warm']).toBeCloseTo(26.28, 2);
});

test('what never sleeps costs its instance', () => {
  // 2,628,000 s × (1 vCPU × 18e-6 + 0.5 GiB × 2e-6).
  expect(alwaysOn('Coordinator', ENVIRONMENTS.dev.federated).usdPerMonth).toBeCloseTo(49.93, 2);
});

test('options are in the estimate', () => {
  expect(cost({}, { ...ENVIRONMENTS.dev, hasRedis: true }).Redis).toBeCloseTo(35.77, 2);
});
