import { expect, test } from 'vitest';
import { createRetryBudget, RETRY_BUDGET } from './retry-budget.ts';

function budgetAt(options = RETRY_BUDGET) {
  const clock = { nowMs: 0 };
  const budget = createRetryBudget(options, () => clock.nowMs);
  const takeAll = () => {
    let taken = 0;
    while (budget.take()) taken++;
    return taken;
  };
  return { clock, budget, takeAll };
}

test('starts full, and then a fifth of the calls may be tried again', () => {
  const { budget, takeAll } = budgetAt();
  expect(takeAll()).toBe(20);
  for (let calls = 0; calls < 52; calls++) budget.call();
  expect(takeAll()).toBe(10);
});

test('without calls one retry in five seconds is left, and no more are saved than the budget holds', () => {
  const { clock, takeAll } = budgetAt();
  takeAll();
  clock.nowMs += 12_500;
  expect(takeAll()).toBe(2);
  clock.nowMs += 2_500;
  expect(takeAll()).toBe(1);
  clock.nowMs += 3_600_000;
  expect(takeAll()).toBe(20);
});

test('a clock that is set back earns nothing and takes nothing away', () => {
  const { clock, takeAll } = budgetAt();
  takeAll();
  clock.nowMs -= 60_000;
  expect(takeAll()).toBe(0);
  clock.nowMs += 5_000;
  expect(takeAll()).toBe(1);
});

test('where every call fails and is tried again, a service gets a fifth more', () => {
  const { clock, budget } = budgetAt();
  let requests = 0;
  for (let seconds = 0; seconds < 600; seconds++) {
    for (let calls = 0; calls < 50; calls++) {
      budget.call();
      requests++;
      while (budget.take()) requests++;
    }
    clock.nowMs += 1_000;
  }
  const calls = 600 * 50;
  expect(requests / calls).toBeLessThan(1.21);
  expect(requests / calls).toBeGreaterThan(1.2);
});
