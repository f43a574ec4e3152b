import { seededRandom } from '@plumbline/detection';
import { expect, test } from 'vitest';
import { createBackOff } from './back-off.ts';

const REFUSALS_PER_SECOND = 100;

/** So many clients ask for 30 s, and wait as long as they are told, more or less: their longest wait, and how often they were refused in the last second. */
function crowd(clientCount: number) {
  const random = seededRandom(1);
  let nowMs = 0;
  const backOff = createBackOff(REFUSALS_PER_SECOND, () => nowMs);
  const dueMs = Array.from({ length: clientCount }, () => 0);
  let lastSecondCount = 0;
  let longest = 0;
  for (; nowMs < 30_000; nowMs++) {
    for (let i = 0; i < clientCount; i++) {
      if (nowMs < (dueMs[i] as number)) continue;
      const waitSeconds = backOff();
      longest = Math.max(longest, waitSeconds);
      dueMs[i] = nowMs + 1000 * waitSeconds * (0.5 + random());
      if (29_000 <= nowMs) lastSecondCount++;
    }
  }
  nowMs += 60_000;
  return { longest, lastSecondCount, afterwards: backOff() };
}

test.each([
  { clientCount: 50, longest: 1 },
  { clientCount: 600, longest: 10 },
  { clientCount: 5_000, longest: 10 },
])('$clientCount clients wait up to $longest s, and whoever comes later does not', (one) => {
  const { longest, lastSecondCount, afterwards } = crowd(one.clientCount);
  expect(longest).toBeLessThanOrEqual(one.longest);
  expect(longest).toBeGreaterThanOrEqual(one.longest / 2);
  expect(afterwards).toBe(1);
  // Where the longest wait is not enough, there are as many as come in it.
  const bearable = Math.max(REFUSALS_PER_SECOND, one.clientCount / 10);
  expect(lastSecondCount).toBeLessThan(1.5 * bearable);
});
