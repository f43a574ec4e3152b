import { describe, expect, test } from 'vitest';
import { BUG_NAMES, BUGS } from './bugs.ts';
import { simulate } from './simulate.ts';

const READINGS = 2_000;
const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

/** Every fault that the world knows. One that never happens proves nothing. */
const FAULTS = [
  ...['duplicate', 'late', 'poisonMessage', 'poisonReading', 'twoInstances', 'lateAck', 'deadline'],
  ...['sigkill', 'sigterm', 'stoppedInFlight', 'outage', 'status503', 'status429', 'partial'],
  ...['refusedRow', 'timeoutAfterEffect', 'timeoutWithoutEffect', 'retriesSpent'],
];

test('no seed loses a reading, doubles one, acknowledges too early or gets an aggregate wrong', async () => {
  const totals: Record<string, number> = {};
  for (const seed of SEEDS) {
    const { violations, counts } = await simulate(seed, READINGS);
    expect(violations, `seed ${seed}: npm run simulation -- --seed ${seed}`).toEqual([]);
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count;
  }
  for (const fault of FAULTS) expect(totals[fault], `${fault} never happened`).toBeGreaterThan(0);
}, 120_000);

test('the same seed gives the same trace', async () => {
  const [first, second] = [await simulate(7, READINGS), await simulate(7, READINGS)];
  expect(second).toEqual(first);
  expect((await simulate(8, READINGS)).trace).not.toBe(first.trace);
});

describe('a planted bug is caught', () => {
  test.each(BUG_NAMES.map((bug) => [bug, BUGS[bug]] as const))('%s: it %s', async (bug) => {
    let caught = 0;
    for (let seed = 1; seed <= 5; seed++) {
      if ((await simulate(seed, READINGS, bug)).violations.length > 0) caught++;
    }
    expect(caught).toBeGreaterThanOrEqual(4);
  });
});
