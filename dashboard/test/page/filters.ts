import { test } from 'vitest';
import type { Open } from './open.ts';

/** What a page is narrowed to: filters, records and ranges, in the URL and in what is seen. */
export function filterTests(open: Open): void {
  test('a filter narrows the page, stands in the URL, and goes with the back button', async (context) => {
    const { page, visit, expect } = await open(context);
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

  test('each filter leaves only the devices that it names', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=devices&refresh=off');
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
      await expect.poll(counts, { timeout: 10_000 }).toEqual([true, 0]);
      await page.getByRole('button', { name: 'Clear' }).click();
      await expect
        .poll(() => rows.filter({ hasNotText: word }).count(), { timeout: 10_000 })
        .toBeGreaterThan(0);
    }
    await visit('?metric=co2&refresh=off');
    expect(await page.locator('[data-panel^="series-"]').count()).toBe(1);
    const latest = page.locator('[data-panel="latest-readings"] tbody tr');
    expect(await latest.filter({ hasNotText: 'CO₂' }).count()).toBe(0);
  });

  test('a device is one click away, alone on its page, and left again', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=devices&refresh=off');
    await page.getByRole('button', { name: 'building-b-lobby-204', exact: true }).click();
    await page.getByRole('heading', { name: 'building-b-lobby-204', level: 1 }).waitFor();
    const latest = page.locator('[data-panel="latest-readings"] tbody tr');
    await latest.first().waitFor();
    expect(await latest.filter({ hasNotText: 'building-b-lobby-204' }).count()).toBe(0);
    await page.getByRole('button', { name: 'All devices', exact: true }).click();
    await page.locator('[data-panel="devices"]').waitFor();
    expect(new URL(page.url()).search).toBe('?page=devices&refresh=off');
  });

  test('long lists have as many rows as are asked for, and say when there are more', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=health&records=100&refresh=off');
    const panel = page.locator('[data-panel="dead-letters"]');
    const rows = panel.locator('tbody tr');
    expect(await rows.count()).toBe(100);
    expect(await panel.textContent()).toContain('the newest 100');
    await page.getByLabel('Records', { exact: true }).selectOption('500');
    await expect.poll(() => rows.count(), { timeout: 10_000 }).toBe(153);
    expect(await panel.textContent()).not.toContain('the newest');
  });

  test('a range shows its own time and no other', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=windows&refresh=off');
    const figure = page.locator('.figures > div', { hasText: 'Windows' }).first();
    const count = async () => Number.parseInt((await figure.locator('b').textContent()) ?? '', 10);
    await expect.poll(count, { timeout: 10_000 }).toBeGreaterThan(50);
    await page.getByRole('button', { name: '15 min', exact: true }).click();
    await expect.poll(count, { timeout: 10_000 }).toBeLessThanOrEqual(16);
    expect(new URL(page.url()).search).toBe('?page=windows&range=15m&refresh=off');
  });

  test('a page that does not follow a filter offers none and keeps it for those that do', async (context) => {
    const { page, visit, expect } = await open(context);
    await visit('?page=health&building=B&refresh=off');
    expect(await page.getByLabel('Building', { exact: true }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Devices' }).click();
    await page.locator('.room').first().waitFor();
    const rooms = await page.locator('.building').allInnerTexts();
    expect(rooms).toHaveLength(1);
  });
}
