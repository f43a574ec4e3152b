import { modelBucket } from '@plumbline/contracts';
import { startStorage } from '@plumbline/emulators';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROOT, runJob } from '../../local/src/supervise.ts';
import { openBrowser } from './browser.ts';
import { fleetRows } from './fleet.ts';
import { startMlServer } from './ml-server.ts';
import { type Stack, seeded, startStack } from './stack.ts';

const PROJECT = 'dashboard-test';
const browser = await openBrowser();
if (typeof browser === 'string') console.warn(`tests of the models page are skipped: ${browser}`);

describe.skipIf(typeof browser === 'string')('with two versions that the trainer made', () => {
  let storage: Awaited<ReturnType<typeof startStorage>>;
  let mlServer: Awaited<ReturnType<typeof startMlServer>>;
  let stack: Stack;
  let older: string;
  let newer: string;

  beforeAll(async () => {
    storage = await startStorage({ port: 0 });
    const storageUrl = storage.env.STORAGE_EMULATOR_HOST ?? '';
    await fetch(`${storageUrl}/storage/v1/b?project=${PROJECT}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: modelBucket(PROJECT) }),
    });
    mlServer = await startMlServer({ storage: storageUrl });
    stack = await startStack({ mlServerUrl: mlServer.url });
    const { readings_raw } = fleetRows({
      nowMs: Date.now(),
      spanMs: 3_600_000,
      everyMs: 60_000,
      random: seeded(3),
      floors: 1,
    });
    await stack.insert({ readings_raw });
    const env = {
      ...process.env,
      GOOGLE_CLOUD_PROJECT: PROJECT,
      STORAGE_EMULATOR_HOST: storageUrl,
      TRAINING_MIN_COVERAGE: '0',
      TREES: '10',
    };
    await runJob(ROOT, ['ml-server/src/train/main.ts'], env);
    await runJob(ROOT, ['ml-server/src/train/main.ts'], env);
    const listed = await runJob(ROOT, ['ml-server/src/models-cli/main.ts', 'list'], env);
    [older = '', newer = ''] = (listed.match(/\d{8}T\d{6}Z-\w+/g) ?? []).sort();
    await runJob(ROOT, ['ml-server/src/models-cli/main.ts', 'challenge', older], env);
    await vi.waitFor(
      async () =>
        expect(await ask<object>('/api/status')).toMatchObject({
          model_version: newer,
          challenger_version: older,
        }),
      { timeout: 30_000, interval: 200 },
    );
    await fetch(`${mlServer.url}/detect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"device_id":"a","temperature":22,"humidity":44}',
    });
  }, 120_000);
  afterAll(async () => {
    await (browser as Browser).close();
    await stack?.stop();
    mlServer?.stop();
    await storage?.stop();
  });

  test('the page shows the current card, the challenger, another card by its name, and the way there', async () => {
    const page = await (browser as Browser).newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${stack.url}/?page=models`);
    const card = page.locator('[data-panel="model-card"]');
    await card.getByRole('heading', { name: `Model sensors, version ${newer}` }).waitFor();
    await card.getByRole('columnheader', { name: 'threshold' }).waitFor();
    const challenger = page.getByLabel('The challenger beside the current version');
    expect(await challenger.textContent()).toMatch(/Readings1 judged by both/);

    const commands = page.locator('[data-panel="version-commands"]');
    expect(await commands.locator('pre').allTextContents()).toEqual([
      `npm run models -- compare ${older}`,
      `npm run models -- dismiss ${older}`,
      `npm run models -- promote ${older}`,
      'npm run models -- rollback',
    ]);
    await page.getByRole('button', { name: older, exact: true }).click();
    await card.getByRole('heading', { name: `Model sensors, version ${older}` }).waitFor();
    await card.getByRole('button', { name: 'Back to the current version' }).click();
    await card.getByRole('heading', { name: `Model sensors, version ${newer}` }).waitFor();
    expect(problems).toEqual([]);
  }, 30_000);

  test('a version that is not stored has no card', async () => {
    const response = await fetch(`${stack.url}/api/models/20200101T000000Z-x/card`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  async function ask<Body>(path: string): Promise<Body> {
    const response = await fetch(mlServer.url + path);
    return (await response.json()) as Body;
  }
});
