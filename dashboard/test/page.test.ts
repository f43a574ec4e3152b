import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { federatedRows } from './federated-rows.ts';
import { fleetRows } from './fleet.ts';
import { startMlServer } from './ml-server.ts';
import { type Stack, seeded, startStack } from './stack.ts';

const browser = await openBrowser();
if (typeof browser === 'string') console.warn(`tests of the page are skipped: ${browser}`);

const PAGES = [
  'overview',
  'windows',
  'anomalies',
  'analytics',
  'predict',
  'models',
  'federated',
  'devices',
  'health',
] as const;
const HOSTILE = '<img src=x onerror=alert(1)>';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(typeof browser === 'string')('the page in a real Chromium', () => {
  let stack: Stack;
  let mlServer: Awaited<ReturnType<typeof startMlServer>>;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];
  let isTroubleExpected: boolean;

  beforeAll(async () => {
    mlServer = await startMlServer();
    stack = await startStack({ mlServerUrl: mlServer.url });
    const fleet = fleetRows({
      nowMs: Date.now(),
      spanMs: 3_600_000,
      everyMs: 60_000,
      random: seeded(2),
      floors: 2,
    });
    await stack.insert({ ...fleet, ...federatedRows(Date.now()) });
    await stack.aggregate();
  });
  afterAll(async () => {
    await (browser as Browser).close();
    await stack?.stop();
    mlServer?.stop();
  });

  beforeEach(async () => {
    context = await (browser as Browser).newContext({
      locale: 'en-GB',
      viewport: { width: 1440, height: 900 },
    });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    problems = [];
    isTroubleExpected = false;
    page.on('console', (message) => {
      // The browser itself reports answers like 503 and connections that were cut.
      const isReport = isTroubleExpected && /Failed to load|net::ERR_/.test(message.text());
      if (message.type() === 'error' && !isReport) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('dialog', (dialog) => problems.push(`a script spoke: ${dialog.message()}`));
  });
  afterEach(async () => {
    await context.close();
    expect(problems).toEqual([]);
  });

  const visit = async (search = '') => {
    await page.goto(`${stack.url}/${search}`);
    await expect.poll(() => page.locator('.skeleton').count(), { timeout: 10_000 }).toBe(0);
  };

  test('says without a click what is wrong, where, since when and why', async () => {
    await visit();
    const verdict = await page.locator('.verdict').textContent();
    expect(verdict).toContain('2 devices are off true');
    expect(verdict).toContain('building-a-server-room-103');
    expect(verdict).toContain('Building A · floor 1 · room 103');
    expect(verdict).toMatch(/since \d\d:\d\d:\d\d \(1\d min\)/);
    expect(verdict).toMatch(/temperature is \d+\.\d, expected 19.4 to 22.9/);
  });

  test('does not call it well when nobody is heard', async () => {
    const now = Date.now();
    await visit(`?from=${now - 3_600_000}&to=${now + 900_000}`);
    const verdict = page.locator('.verdict', { hasText: 'No device is heard' });
    expect(await verdict.textContent()).toMatch(/The last reading is 1\d min old/);
  });

  test('shows a reading and its anomaly within 2 s of their arrival, with a hostile name as text', async () => {
    await visit();
    await page.getByText('Live', { exact: true }).first().waitFor();
    const arrivedAtMs = Date.now();
    await insertAnomaly('hostile-1', HOSTILE);
    await page.locator('.episode-row', { hasText: HOSTILE }).waitFor();
    await page.locator('[data-panel="latest-readings"]', { hasText: HOSTILE }).waitFor();
    expect(Date.now() - arrivedAtMs).toBeLessThan(2_000);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  test.each(PAGES)('page %s has nothing that axe calls serious, and fits a phone', async (name) => {
    // No bucket, no roles of versions.
    isTroubleExpected = name === 'models';
    await visit(`?page=${name}&range=6h`);
    expect(await page.locator('.failed').allInnerTexts()).toEqual([]);
    expect(await serious()).toEqual([]);
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await serious(['color-contrast'])).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBe(0);
  });

  /** What axe calls serious, by all its rules or by some. */
  async function serious(rules?: readonly string[]): Promise<readonly string[]> {
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

  test('a filter narrows the page, stands in the URL, and goes with the back button', async () => {
    await visit();
    await page.getByLabel('Building', { exact: true }).selectOption('B');
    await page.locator('.verdict', { hasText: 'All is true to plumb' }).waitFor();
    expect(new URL(page.url()).search).toBe('?building=B');
    for (const [label, value, part] of [
      ['Floor', '2', 'floor=2'],
      ['Room type', 'office', 'place_type=office'],
      ['Metric', 'co2', 'metric=co2'],
      ['Status', 'normal', 'severity=normal'],
      ['Records', '1000', 'records=1000'],
      ['Refresh', '30', 'refresh=30'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).selectOption(value);
      expect(new URL(page.url()).search).toContain(part);
    }
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(new URL(page.url()).search).toBe('?records=1000&refresh=30');
    await page.goBack();
    expect(new URL(page.url()).search).toContain('severity=normal');
  });

  test('each filter leaves only the devices that it names', async () => {
    await visit('?page=devices');
    const rows = page.locator('[data-panel="devices"] tbody tr');
    for (const [label, value, word] of [
      ['Building', 'B', 'Building B'],
      ['Floor', '2', 'floor 2'],
      ['Room type', 'lobby', 'lobby'],
      ['Status', 'critical', 'critical'],
    ] as const) {
      await page.getByLabel(label, { exact: true }).selectOption(value);
      const counts = async () => [
        (await rows.count()) > 0,
        await rows.filter({ hasNotText: word }).count(),
      ];
      await expect.poll(counts).toEqual([true, 0]);
      await page.getByRole('button', { name: 'Clear' }).click();
      await expect.poll(() => rows.filter({ hasNotText: word }).count()).toBeGreaterThan(0);
    }
    await visit('?metric=co2');
    expect(await page.locator('[data-panel^="series-"]').count()).toBe(1);
    const latest = page.locator('[data-panel="latest-readings"] tbody tr');
    expect(await latest.filter({ hasNotText: 'CO₂' }).count()).toBe(0);
  });

  test('a page that does not follow a filter offers none and keeps it for those that do', async () => {
    await visit('?page=health&building=B');
    expect(await page.getByLabel('Building', { exact: true }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Devices' }).click();
    await page.locator('.room').first().waitFor();
    const rooms = await page.locator('.building').allInnerTexts();
    expect(rooms).toHaveLength(1);
  });

  test('frozen, nothing moves until it is asked for', async () => {
    await visit('?page=devices&refresh=off');
    await page.getByText('Frozen').waitFor();
    await insertAnomaly('while-frozen', 'device-while-frozen');
    const row = page.getByRole('cell', { name: 'device-while-frozen' });
    // The server polls twice in this time.
    await page.waitForTimeout(1_000);
    expect(await row.count()).toBe(0);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await row.waitFor();
  });

  test('without the stream the page asks again every few seconds', async () => {
    await visit('?page=devices&refresh=3');
    await page.getByText('Polling').waitFor();
    await insertAnomaly('while-polling', 'device-while-polling');
    await page.getByRole('cell', { name: 'device-while-polling' }).waitFor();
  });

  test('federated learning: rounds, who took part, and each device; or plainly that there are none', async () => {
    await visit('?page=federated');
    const text = (await page.locator('main').textContent()) ?? '';
    expect(text).toContain('3 of 4 asked in the last round');
    expect(text).toContain('0.2500');
    const devices = page.locator('[data-panel="federated-devices"] tbody tr');
    expect(await devices.nth(1).textContent()).toMatch(/^learner-30\.2800−75 %/);
    const now = Date.now();
    await visit(`?page=federated&from=${now - 80_000_000}&to=${now - 70_000_000}`);
    await page.getByText('No round of federated learning in this range').waitFor();
  });

  test('a brush over a chart narrows the range of the whole page', async () => {
    await visit();
    const chart = page.locator('[data-panel="series-temperature"] .u-over');
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    if (!box) throw new Error('the chart has no size');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+/);
    const search = new URL(page.url()).searchParams;
    const minutes = (Number(search.get('to')) - Number(search.get('from'))) / 60_000;
    expect(minutes).toBeGreaterThan(28);
    expect(minutes).toBeLessThan(32);
  });

  test('by keyboard alone a stretch of a chart is marked and narrows the page', async () => {
    await visit();
    const chart = page.getByRole('slider', { name: /^Temperature: / });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d {2}[\d.]+ °C/);
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Shift+PageUp');
    expect((await page.locator('.u-select').first().boundingBox())?.width).toBeGreaterThan(20);
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=\d+&to=\d+/);
    const search = new URL(page.url()).searchParams;
    const minutes = (Number(search.get('to')) - Number(search.get('from'))) / 60_000;
    expect(minutes).toBeGreaterThan(10);
    expect(minutes).toBeLessThan(25);
  });

  test('a browser that was started without a locale shows the page', async () => {
    const plain = (await openBrowser({ ...process.env, LANG: 'C', LC_ALL: 'C' })) as Browser;
    try {
      const other = await plain.newPage();
      other.on('pageerror', (error) => problems.push(error.message));
      await other.goto(stack.url);
      await other.locator('.uplot').first().waitFor();
    } finally {
      await plain.close();
    }
  });

  test('the models page says what is stored, what it was measured by, and how it is changed', async () => {
    // The ML server has no model and its bucket is away: the page goes on with what it can know.
    isTroubleExpected = true;
    await visit('?page=models');
    await page.getByText('No model yet: rules alone decide').waitFor();
    const versions = page.locator('[data-panel="models"]', { hasText: 'roles unknown' });
    await versions.getByRole('cell', { name: '20261120T080000Z-3f2a' }).waitFor();
    expect(await page.locator('main').textContent()).toContain('npm run train');
  });

  test('the health page shows how long the ML server took, what the month cost so far, and the runbook', async () => {
    await fetch(`${stack.url}/api/models`);
    await visit('?page=health');
    const latency = page.locator('[data-panel="api-latency"]');
    await latency.getByRole('cell', { name: '/models', exact: true }).waitFor();
    const cost = await page.locator('[data-panel="cost"]').textContent();
    expect(cost).toMatch(/At US\$ 1\.50 a million readingsUS\$ 0\.00/);
    expect(cost).toMatch(/npm run cost -- --rate \d/);
    await page.getByRole('button', { name: 'Open the runbook' }).click();
    await page.getByRole('heading', { name: 'messages-wait' }).waitFor();
  });

  test('behind a chart is its table, its SQL, and a CSV to save', async () => {
    await visit();
    const panel = page.locator('[data-panel="series-humidity"]');
    await panel.getByRole('button', { name: 'Table' }).click();
    await panel.getByRole('columnheader', { name: 'mean' }).waitFor();
    await panel.getByLabel('More of Humidity').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('series-humidity.csv');
    const text = readFileSync(await download.path(), 'utf8');
    expect(text).toMatch(/^metric,start_at,/);
    expect(text.split('\r\n')[1]).toMatch(/^humidity,\d{4}-\d\d-\d\dT/);
    await panel.getByRole('button', { name: 'Show the SQL' }).click();
    expect(await panel.locator('pre').first().textContent()).toContain('FROM iot_data.readings');
  });

  test('the theme follows the system until it is chosen, and then stays', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await visit('?page=predict');
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Light', exact: true }).click();
    await page.reload();
    expect(await theme()).toBe('light');
  });

  test('by keyboard alone an anomaly is opened, explained and closed', async () => {
    await visit();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByText('What each metric had to do with it').waitFor();
    expect(await drawer.locator('pre').textContent()).toContain('curl -s -X POST');
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await expect.poll(() => new URL(page.url()).search).toBe('');
  });

  test('a reading set by hand is judged as the hand moves', async () => {
    await visit('?page=predict');
    const answer = page.locator('[aria-label="The answer"]');
    await answer.getByText('normal').first().waitFor();
    await page.getByRole('button', { name: 'Overheating' }).click();
    await answer.locator('.answer .severity:not(.normal)').waitFor();
    expect(await answer.textContent()).toContain('no model yet');
    await page.getByLabel('Temperature, °C').fill('21');
    await answer.locator('.answer .severity.normal').waitFor();
  });

  test('after the server was replaced the page goes on by itself and misses nothing', async () => {
    await visit();
    await page.getByText('Live', { exact: true }).first().waitFor();
    isTroubleExpected = true;
    const restarted = stack.kill();
    await page.getByText('Reconnecting').waitFor();
    await restarted;
    await insertAnomaly('after-restart', 'device-after-restart');
    await page.locator('.episode-row', { hasText: 'device-after-restart' }).waitFor();
    await page.getByText('Live', { exact: true }).first().waitFor();
  });

  test('with BigQuery away the page says so and keeps what it has', async () => {
    await visit();
    isTroubleExpected = true;
    await stack.stopBigQuery();
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
    await page.getByText('No data', { exact: true }).waitFor({ timeout: 15_000 });
  });

  async function insertAnomaly(id: string, device: string): Promise<void> {
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
});
