import { expect, test } from 'vitest';
import { sendMessages } from './million.ts';

test('of messages that are published, pushed and inserted none is lost, whatever goes wrong', async () => {
  const report = await sendMessages(3000, 0.02, () => {});
  expect(report).toMatchObject({ lost: 0, wrong: 0 });
  // Faults did befall the way, and what they broke came again.
  expect(report.faults['push cut-after']).toBeGreaterThan(0);
  expect(report.pushes).toBeGreaterThan(3000);
}, 120_000);
