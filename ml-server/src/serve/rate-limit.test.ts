import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

test('a burst of ten seconds’ worth passes, then a second’s worth each second', () => {
  let nowMs = 0;
  const limit = createRateLimit(10, () => nowMs);
  expect(limit.take('a', 100)).toBe(0);
  expect(limit.take('a', 10)).toBe(1);
  nowMs = 1_000;
  expect(limit.take('a', 10)).toBe(0);
  expect(limit.take('b', 100)).toBe(0);
});

test('a batch larger than a burst passes when nothing was asked for long, and is paid off after', () => {
  let nowMs = 0;
  const limit = createRateLimit(10, () => nowMs);
  expect(limit.take('a', 300)).toBe(0);
  expect(limit.take('a', 1)).toBeCloseTo(20.1);
  nowMs = 20_100;
  expect(limit.take('a', 1)).toBe(0);
});
