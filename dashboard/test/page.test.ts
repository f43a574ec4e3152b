import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { openBrowser } from './browser.ts';
import { federatedRows } from './federated-rows.ts';
import { fleetRows } from './fleet.ts';
import { startMlServer } from './ml-server.ts';
import { chartTests } from './page/charts.ts';
import { filterTests } from './page/filters.ts';
import { liveTests } from './page/live.ts';
import { pagesOf } from './page/open.ts';
import { pageTests } from './page/pages.ts';
import { type Stack, seeded, startStack } from './stack.ts';

const browser = await openBrowser();
if (typeof browser === 'string') console.warn(`tests of the page are skipped: ${browser}`);

/** One Chromium and one pipeline for all: those that only look do so at once, those that change something follow. */
describe.skipIf(typeof browser === 'string')('the page in a real Chromium', () => {
  let stack: Stack;
  let mlServer: Awaited<ReturnType<typeof startMlServer>>;
  const open = pagesOf(browser as Browser, () => stack.url);

  beforeAll(async () => {
    mlServer = await startMlServer();
    stack = await startStack({ mlServerUrl: mlServer.url });
    const nowMs = Date.now();
    const fleet = fleetRows({
      nowMs,
      spanMs: 3_600_000,
      everyMs: 60_000,
      random: seeded(2),
      floors: 2,
    });
    await stack.insert({ ...fleet, ...federatedRows(nowMs) });
    await stack.insert({ dead_letters: manyLike(fleet.dead_letters[0] ?? {}, 150) });
    await stack.aggregate();
  });
  afterAll(async () => {
    await (browser as Browser).close();
    await stack?.stop();
    mlServer?.stop();
  });

  describe.concurrent('looking', () => {
    pageTests(open);
    filterTests(open);
    chartTests(open);
  });
  describe('while something happens', () => liveTests(open, () => stack));
});

function manyLike(row: object, count: number): readonly object[] {
  return Array.from({ length: count }, (_, i) => ({ ...row, dead_letter_id: `more-${i}` }));
}
