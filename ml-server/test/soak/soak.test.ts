import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('odd requests get the answer that they must get, and leave no bug', async () => {
  const report = await soak({
    requests: 3_000,
    seed: 2,
    nowMs: Date.UTC(2026, 0, 5, 12),
    collect: null,
    isOver: () => false,
    report: () => {},
  });
  expect(report.wrong).toEqual([]);
  expect(report.bugCount).toBe(0);
  expect(Object.keys(report.statuses).filter((status) => 500 <= Number(status))).toEqual([]);
  // Both right and wrong ones were among them.
  for (const status of ['200', '400']) expect(report.statuses[status]).toBeGreaterThan(500);
});
