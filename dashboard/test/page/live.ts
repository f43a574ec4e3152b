import type { Browser } from 'playwright-core';
import { test } from 'vitest';
import { openBrowser } from '../browser.ts';
import type { Stack } from '../stack.ts';
import { type Open, problemsOf } from './open.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

/** What arrives while the page is open, and what the page does when something is away. One after another: they add rows. */
export function liveTests(open: Open, stackOf: () => Stack): void {
  test('shows a reading and its anomaly within 2 s of their arrival, with a hostile name as text', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit();
    await page.getByText('Live', { exact: true }).first().waitFor();
    const arrivedAtMs = Date.now();
    await insertAnomaly(stackOf(), 'hostile-1', HOSTILE);
    await page.locator('.episode-row', { hasText: HOSTILE }).waitFor();
    await page.locator('[data-panel="latest-readings"]', { hasText: HOSTILE }).waitFor();
    expect(Date.now() - arrivedAtMs).toBeLessThan(2_000);
    for (const name of ['devices', 'anomalies']) {
      await visit(`?page=${name}`);
      expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
      expect(await page.locator('img[src="x"]').count()).toBe(0);
    }
  });

  test('frozen, nothing moves until it is asked for', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=devices&refresh=off');
    await page.getByText('Frozen').waitFor();
    await insertAnomaly(stackOf(), 'while-frozen', 'device-while-frozen');
    const row = page.getByRole('cell', { name: 'device-while-frozen' });
    // The server polls twice in this time.
    await page.waitForTimeout(1_000);
    expect(await row.count()).toBe(0);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await row.waitFor();
  });

  test('without the stream the page asks again every few seconds', async (context) => {
    const { page, visit } = await open(context);
    await visit('?page=devices&refresh=3');
    await page.getByText('Polling').waitFor();
    await insertAnomaly(stackOf(), 'while-polling', 'device-while-polling');
    await page.getByRole('cell', { name: 'device-while-polling' }).waitFor();
  });

  test('a browser that was started without a locale shows the page', async ({ expect }) => {
    const plain = (await openBrowser({ ...process.env, LANG: 'C', LC_ALL: 'C' })) as Browser;
    try {
      const page = await plain.newPage();
      const problems = problemsOf(page);
      await page.goto(stackOf().url);
      await page.locator('.uplot').first().waitFor();
      expect(problems).toEqual([]);
    } finally {
      await plain.close();
    }
  });

  test('after the server was killed the page goes on by itself and misses nothing', async (context) => {
    const { page, visit } = await open(context, { isTroubleExpected: true });
    await visit();
    await page.getByText('Live', { exact: true }).first().waitFor();
    const killed = stackOf().kill();
    await page.getByText('Reconnecting').waitFor();
    await insertAnomaly(stackOf(), 'while-killed', 'device-while-killed');
    await killed;
    await page.locator('.episode-row', { hasText: 'device-while-killed' }).waitFor();
    await page.getByText('Live', { exact: true }).first().waitFor();
  });

  test('with BigQuery away the page says so and keeps what it has', async (context) => {
    const { page, visit, expect } = await open(context, { isTroubleExpected: true });
    await visit();
    await stackOf().stopBigQuery();
    await expect
      .poll(
        async () => {
          await page.getByRole('button', { name: 'Refresh now' }).click();
          return page.locator('.stale').count();
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBeGreaterThan(0);
    expect(await page.locator('.figures').textContent()).toContain('Readings');
    await page.getByText('No data', { exact: true }).waitFor();
  });
}

async function insertAnomaly(stack: Stack, id: string, device: string): Promise<void> {
  const now = new Date().toISOString();
  const key = { reading_id: id, device_id: device, measured_at: now };
  await stack.insert({
    readings_raw: [{ ...key, received_at: now, message_id: id, temperature: 44 }],
    anomalies: [
      {
        ...key,
        predicted_at: now,
        is_anomaly: true,
        score: 0.9,
        threshold: 0.6,
        severity: 'critical',
        anomaly_types: ['overheating'],
        detectors: ['rule'],
        is_alert: true,
        explanation: 'temperature is 44.0, expected 18.0 to 30.0',
        contributions: [
          { metric: 'temperature', value: 44, expected: 22, low: 18, high: 30, share: 1 },
        ],
      },
    ],
  });
}
