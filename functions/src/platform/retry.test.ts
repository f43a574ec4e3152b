import { TransientError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { retry } from './retry.ts';

/** A clock that only sleeping moves. */
function clock() {
  const waits: number[] = [];
  let nowMs = 0;
  return {
    waits,
    effects: {
      now: () => nowMs,
      sleep: async (ms: number) => {
        waits.push(ms);
        nowMs += ms;
      },
      random: () => 0.5,
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
