// Takes the pictures of docs/dashboard.md from a running dashboard:
//   npm start                             in one terminal, and a few minutes of patience
//   npm run screenshots -w dashboard      in another; DASHBOARD_URL names another address
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';

const URL_OF_DASHBOARD = process.env.DASHBOARD_URL || 'http://127.0.0.1:8501';
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const THEMES = ['light', 'dark'] as const;
const PAGES = [
  'overview',
  'windows',
  'anomalies',
  'analytics',
  'predict',
  'models',
  'devices',
  'health',
];
const PHONE_PAGES = ['overview', 'anomalies', 'devices'];
/** Taller pages are cut: a picture shows what a page is like, not all that is on it. */
const MAX_HEIGHT = 1500;

const browser = await openBrowser();
if (typeof browser === 'string') throw new Error(browser);
await mkdir(IMAGES, { recursive: true });
try {
  for (const theme of THEMES) {
    await shoot(browser, theme, 1440, 900, PAGES, '');
    await shoot(browser, theme, 390, 844, PHONE_PAGES, '-phone');
  }
} finally {
  await browser.close();
}

async function shoot(
  from: Browser,
  theme: (typeof THEMES)[number],
  width: number,
  height: number,
  pages: readonly string[],
  suffix: string,
): Promise<void> {
  const context = await from.newContext({
    locale: 'en-GB',
    colorScheme: theme,
    viewport: { width, height },
  });
  const page = await context.newPage();
  for (const name of pages) {
    await settle(page, `${URL_OF_DASHBOARD}/?page=${name}&range=${rangeOf(name)}`);
    await save(page, width, `dashboard-${name}${suffix}-${theme}.png`);
  }
  if (suffix === '') {
    await settle(page, URL_OF_DASHBOARD);
    await page.locator('.episode-row').first().click();
    await page.getByText('What each metric had to do with it').waitFor();
    await page.locator('.drawer .skeleton').waitFor({ state: 'detached' });
    await page.screenshot({ path: `${IMAGES}dashboard-anomaly-${theme}.png` });
  }
  await context.close();
}

async function settle(page: Page, url: string): Promise<void> {
  await page.goto(url);
  const deadlineMs = Date.now() + 20_000;
  while ((await page.locator('.skeleton').count()) > 0 && Date.now() < deadlineMs) {
    await page.waitForTimeout(100);
  }
  await page.waitForTimeout(1_500);
}

async function save(page: Page, width: number, name: string): Promise<void> {
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  await page.screenshot({
    path: IMAGES + name,
    fullPage: true,
    clip: { x: 0, y: 0, width, height: Math.min(height, MAX_HEIGHT) },
  });
  console.log(name);
}

/** An hour shows what happens now; places and hours are compared over a day. */
function rangeOf(name: string): string {
  return name === 'overview' || name === 'health' ? '1h' : '24h';
}
