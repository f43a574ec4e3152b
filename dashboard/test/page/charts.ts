import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import type { Open } from './open.ts';

/** What can be done with a chart and what lies behind it, by hand and by keyboard. */
export function chartTests(open: Open): void {
  test('a brush over a chart narrows the range of the whole page, and is taken back', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?refresh=off');
    const chart = page.locator('[data-panel="series-temperature"] .u-over');
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    if (!box) throw new Error('the chart has no size');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+/);
    expect(minutesIn(page)).toBeGreaterThan(28);
    expect(minutesIn(page)).toBeLessThan(32);
    await page.getByRole('button', { name: /back to the last 1 h/ }).click();
    await page.waitForURL((url) => url.search === '?refresh=off');
  });

  test('by keyboard alone a stretch of a chart is marked and narrows the page', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?refresh=off');
    const chart = page.getByRole('slider', { name: /^Temperature: / });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await chart.getAttribute('aria-valuetext')).toMatch(/^\d\d:\d\d:\d\d {2}[\d.]+\s°C/);
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Shift+PageUp');
    expect((await page.locator('.u-select').first().boundingBox())?.width).toBeGreaterThan(20);
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=\d+&to=\d+/);
    expect(minutesIn(page)).toBeGreaterThan(10);
    expect(minutesIn(page)).toBeLessThan(25);
  });

  test('behind a chart is its table, its SQL, and CSV and NDJSON to save', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?refresh=off');
    const panel = page.locator('[data-panel="series-humidity"]');
    await panel.getByRole('button', { name: 'Table' }).click();
    await panel.getByRole('columnheader', { name: 'mean' }).waitFor();
    await panel.getByLabel('More of Humidity').click();
    const save = async (label: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        panel.getByRole('button', { name: label }).click(),
      ]);
      return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8')] as const;
    };
    const [csvName, csv] = await save('Save as CSV');
    expect(csvName).toBe('series-humidity.csv');
    expect(csv).toMatch(/^metric,start_at,/);
    expect(csv.split('\r\n')[1]).toMatch(/^humidity,\d{4}-\d\d-\d\dT/);
    const [ndjsonName, ndjson] = await save('Save as NDJSON');
    expect(ndjsonName).toBe('series-humidity.ndjson');
    const rows = ndjson.trim().split('\n');
    expect(rows.length).toBe(csv.trim().split('\r\n').length - 1);
    expect(JSON.parse(rows[0] ?? '')).toMatchObject({ metric: 'humidity' });
    await panel.getByRole('button', { name: 'Show the SQL' }).click();
    expect(await panel.locator('pre').first().textContent()).toContain('FROM iot_data.readings');
  });

  test('a table sorts by its headings', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=devices&refresh=off');
    const heading = page.getByRole('columnheader', { name: 'Device' });
    await heading.getByRole('button').click();
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    const names = await page.locator('[data-panel="devices"] tbody td:first-child').allInnerTexts();
    expect(names).toEqual(names.toSorted().reverse());
  });

  test('by keyboard alone an anomaly is opened, explained and closed', async (context) => {
    const { page, visit, expect } = await open(context);
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

  test('every page is reached by keyboard, and what has the focus is seen', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=predict');
    await page.getByRole('link', { name: 'Overview' }).focus();
    for (const name of ['Windows', 'Anomalies']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement?.textContent')).toBe(name);
      const outline = await page.evaluate(
        'getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth',
      );
      expect(outline).toMatch(/^(solid|auto)[1-9]/);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/page=anomalies/);
  });
}

function minutesIn(page: Page): number {
  const search = new URL(page.url()).searchParams;
  return (Number(search.get('to')) - Number(search.get('from'))) / 60_000;
}
