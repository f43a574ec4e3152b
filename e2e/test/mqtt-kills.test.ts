import { expect, test } from 'vitest';
import { runKills } from '../src/mqtt-kills/run.ts';

test('what a broker acknowledged is in readings once, however often broker and bridge are killed', async () => {
  const report = await runKills({ messages: 2_000, kills: 2, broker: 'embedded', say: () => {} });
  expect(report).toMatchObject({ lost: 0, twice: 0, deadLettered: 0 });
}, 120_000);
