import { TransientError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { retry, UnfinishedError } from './retry.ts';
import { createRetryBudget } from './retry-budget.ts';

/** A clock that only sleeping moves, and a budget of so many retries that nothing earns. */
function clock(retries = 1_000) {
  const waits: number[] = [];
  let nowMs = 0;
  const budget = { perCall: 0, perSecond: 0, capacity: retries };
  return {
    waits,
    effects: {
      now: () => nowMs,
      sleep: async (ms: number) => {
        waits.push(ms);
        nowMs += ms;
      },
      random: () => 0.5,
      budget: createRetryBudget(budget, () => nowMs),
    },
  };
}

const OPTIONS = { deadlineMs: 10_000, baseMs: 100, capMs: 2_000 };

test('waits longer each time, up to the cap, and gives up before the deadline', async () => {
  const { waits, effects } = clock();
  let tries = 0;
  const attempt = async () => {
    tries++;
    throw new TransientError('away');
  };
  await expect(retry(attempt, OPTIONS, effects)).rejects.toThrow('away');
  expect(waits.slice(0, 6)).toEqual([50, 100, 200, 400, 800, 1_000]);
  expect(waits.reduce((sum, ms) => sum + ms)).toBeLessThan(10_000);
  expect(tries).toBe(waits.length + 1);
});

test('what cannot pass is not tried again', async () => {
  const { waits, effects } = clock();
  await expect(retry(() => Promise.reject(new Error('bug')), OPTIONS, effects)).rejects.toThrow(
    'bug',
  );
  expect(waits).toEqual([]);
});

test('calls that share a budget stop trying when it is spent, as what may pass', async () => {
  const { waits, effects } = clock(3);
  let tries = 0;
  const attempt = async () => {
    tries++;
    throw new TransientError('away');
  };
  for (let calls = 0; calls < 4; calls++) {
    const failure = await retry(attempt, OPTIONS, effects).catch((error) => error);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toBe('away; too many retries already');
  }
  // Every call has its first try.
  expect(tries).toBe(4 + 3);
  expect(waits).toHaveLength(3);
});

test('a try that got further takes nothing from the budget', async () => {
  const { effects } = clock(0);
  let left = 5;
  const attempt = async () => {
    left--;
    if (left > 0) throw new UnfinishedError(`${left} left`);
    return 'done';
  };
  expect(await retry(attempt, OPTIONS, effects)).toBe('done');
});
