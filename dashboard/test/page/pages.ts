import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { PAGES, type PageName } from '../../src/web/address.ts';
import type { Open } from './open.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What each page says, and that it can be read by everybody, in the dark and on a phone. */
export function pageTests(open: Open): void {
  test('says without a click what is wrong, where, since when and why', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit();
    const verdict = await page.locator('.verdict').textContent();
    expect(verdict).toContain('2 devices are off true');
    expect(verdict).toContain('building-a-server-room-103');
    expect(verdict).toContain('Building A · floor 1 · room 103');
    expect(verdict).toMatch(/since \d\d:\d\d:\d\d \(1\d\smin\)/);
    expect(verdict).toMatch(/temperature is \d+\.\d, expected 19.4 to 22.9/);
  });

  test('does not call it well when nobody is heard', async (context) => {
    const { page, visit, expect } = await open(context);
    const now = Date.now();
    await visit(`?from=${now - 3_600_000}&to=${now + 900_000}`);
    const verdict = page.locator('.verdict', { hasText: 'No device is heard' });
    expect(await verdict.textContent()).toMatch(/The last reading is 1\d\smin old/);
  });

  test.for(Object.keys(PAGES) as PageName[])(
    'page %s has nothing that axe calls serious, in light and dark, and fits a phone',
    async (name, context) => {
      // No bucket, no roles of versions.
      const { page, visit, expect } = await open(context, { isTroubleExpected: name === 'models' });
      await visit(`?page=${name}&range=6h&refresh=off`);
      expect(await page.locator('.failed').allInnerTexts()).toEqual([]);
      expect(await serious(page)).toEqual([]);
      await page.getByRole('button', { name: 'Dark' }).click();
      expect(await serious(page, ['color-contrast'])).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
    },
  );

  test('the theme follows the system until it is chosen, and then stays', async (context) => {
    const { page, visit, expect } = await open(context);
    await page.emulateMedia({ colorScheme: 'dark' });
    await visit('?page=predict');
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Light', exact: true }).click();
    await page.reload();
    expect(await theme()).toBe('light');
  });

  test('a reading set by hand is judged as the hand moves', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=predict');
    const answer = page.locator('[aria-label="The answer"]');
    await answer.getByText('normal').first().waitFor();
    await page.getByRole('button', { name: 'Overheating' }).click();
    await answer.locator('.answer .severity:not(.normal)').waitFor();
    expect(await answer.textContent()).toContain('no model yet');
    await page.getByLabel('Temperature, °C').fill('21');
    await answer.locator('.answer .severity.normal').waitFor();
  });

  test('federated learning: rounds, who took part, and each device; or plainly that there are none', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=federated&refresh=off');
    const text = (await page.locator('main').textContent()) ?? '';
    expect(text).toContain('3 of 4 asked in the last round');
    expect(text).toContain('0.2500');
    const devices = page.locator('[data-panel="federated-devices"] tbody tr');
    expect(await devices.nth(1).textContent()).toMatch(/^learner-30\.2800−75\s%/);
    const now = Date.now();
    await visit(`?page=federated&refresh=off&from=${now - 80_000_000}&to=${now - 70_000_000}`);
    await page.getByText('No round of federated learning in this range').waitFor();
  });

  test('the models page says what is stored, what it was measured by, and how it is changed', async (context) => {
    // The ML server has no model and its bucket is away: the page goes on with what it can know.
    const { page, visit, expect } = await open(context, { isTroubleExpected: true });
    await visit('?page=models&refresh=off');
    await page.getByText('No model yet: rules alone decide').waitFor();
    const versions = page.locator('[data-panel="models"]', { hasText: 'roles unknown' });
    await versions.getByRole('cell', { name: '20261120T080000Z-3f2a' }).waitFor();
    expect(await page.locator('main').textContent()).toContain('npm run train');
  });

  test('the health page shows how long the ML server took, what the month cost so far, and the runbook', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=health&refresh=off');
    await page.evaluate("fetch('/api/models')");
    await page.reload();
    const latency = page.locator('[data-panel="api-latency"]');
    await latency.getByRole('cell', { name: '/models', exact: true }).waitFor();
    const cost = await page.locator('[data-panel="cost"]').textContent();
    expect(cost).toMatch(/At US\$\s1\.50 a million readingsUS\$\s0\.00/);
    expect(cost).toContain('on this machine it costs nothing');
    expect(cost).toMatch(/npm run cost -- --rate \d/);
    await page.getByRole('button', { name: 'Open the runbook' }).click();
    await page.getByRole('heading', { name: 'messages-wait' }).waitFor();
  });
}

/** What axe calls serious, by all its rules or by some. */
async function serious(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // The policy of the page lets nobody inject a script, so axe comes in beside it.
  await page.evaluate(AXE);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>(`axe.run(${JSON.stringify(options)})`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
