import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const THEMES = ['light', 'dark'] as const;
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Taller pages are cut: a picture shows what a page is like, not all that is on it. */
const MAX_HEIGHT = 1500;

/** A picture `dashboard-{name}-{theme}.png` of what the page shows at an address. */
export interface Picture {
  readonly name: string;
  /** Query string of the page, without the question mark. */
  readonly search: string;
  readonly isPhone?: boolean;
  /** Opens the first anomaly before the picture is taken. */
  readonly isOpened?: boolean;
  /** A button that is pressed before the picture is taken. */
  readonly pressed?: string;
}

/** Takes each picture in both themes. */
export async function takePictures(
  browser: Browser,
  url: string,
  pictures: readonly Picture[],
): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  for (const theme of THEMES) {
    for (const isPhone of [false, true]) {
      const context = await browser.newContext({
        locale: 'en-GB',
        colorScheme: theme,
        viewport: isPhone ? PHONE : WIDE,
      });
      const page = await context.newPage();
      for (const picture of pictures) {
        if ((picture.isPhone ?? false) !== isPhone) continue;
        await settle(page, `${url}/?${picture.search}`);
        if (picture.isOpened) await openAnomaly(page);
        if (picture.pressed) {
          await page.getByRole('button', { name: picture.pressed }).click();
          await page.waitForTimeout(1_000);
        }
        await save(page, picture, `dashboard-${picture.name}-${theme}.png`);
      }
      await context.close();
    }
  }
}

/** Waits until every panel has its answer, and a moment more for what comes live. */
async function settle(page: Page, url: string): Promise<void> {
  await page.goto(url);
  const deadlineMs = Date.now() + 60_000;
  while ((await page.locator('.skeleton, [aria-busy="true"]').count()) > 0) {
    if (Date.now() > deadlineMs) throw new Error(`${url} is not ready after a minute`);
    await page.waitForTimeout(100);
  }
  await page.waitForTimeout(1_500);
}

async function openAnomaly(page: Page): Promise<void> {
  await page.locator('.episode-row').first().click();
  await page.getByText('What each metric had to do with it').waitFor();
  await page.locator('.drawer .skeleton').waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
}

async function save(page: Page, { isPhone, isOpened }: Picture, name: string): Promise<void> {
  const path = IMAGES + name;
  if (isOpened) {
    await page.screenshot({ path });
    return;
  }
  const { width } = isPhone ? PHONE : WIDE;
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const clip = { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) };
  await page.screenshot({ path, fullPage: true, clip });
}
