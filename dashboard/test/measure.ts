// Measures the page on a large fleet, on this machine:
//   npm run measure -w dashboard -- [--devices 5000] [--readings 1000000] [--minutes 1] [--page overview]
// Fills an embedded BigQuery, opens every page in a Chromium, chooses a building there, then keeps one page open while
// 10 readings a second arrive, counts frames and reads the heap. The dashboard runs in a process of its own, as in
// `npm start`; it has just started and has answered nothing when the first page is opened.
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { fillFleet } from './fill-fleet.ts';
import { startMlServer } from './ml-server.ts';
import { type Stack, startStack } from './stack.ts';

const UPDATES_A_SECOND = 10;
const PAGES = [
  'overview',
  'windows',
  'anomalies',
  'analytics',
  'models',
  'federated',
  'devices',
  'health',
];

/** The three panels that took longest. */
const SLOWEST = `performance.getEntriesByType('resource')
  .filter(({ name }) => name.includes('/api/'))
  .map(({ name, duration }) => [new URL(name).pathname, duration])
  .sort((a, b) => b[1] - a[1])
  .slice(0, 3)`;

/** Frames a second over the next minute. */
const COUNT_FRAMES = `new Promise((resolve) => {
  const startMs = performance.now();
  let frames = 0;
  const next = () => {
    frames += 1;
    const ms = performance.now() - startMs;
    if (ms < 60_000) requestAnimationFrame(next);
    else resolve((1000 * frames) / ms);
  };
  requestAnimationFrame(next);
})`;

/** No panel waits, and the page was painted. */
const HAS_ALL_DATA = `document.querySelector('main')?.children.length > 0 && !document.querySelector('.skeleton')
  && performance.getEntriesByName('first-contentful-paint').length > 0`;

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '5000' },
    readings: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '1' },
    page: { type: 'string', default: 'overview' },
  },
});

const browser = await openBrowser();
if (typeof browser === 'string') throw new Error(browser);
const mlServer = await startMlServer();
const stack = await startStack({ mlServerUrl: mlServer.url });
try {
  const fleet = { devices: count('devices'), readings: count('readings'), nowMs: Date.now() };
  const startMs = performance.now();
  await fillFleet(stack.bigquery, fleet);
  print(`${fleet.devices} devices, ${fleet.readings} readings`, since(startMs), 's to fill');
  await stack.aggregate();
  const page = await openPage(browser);
  for (const name of PAGES) await measurePage(page, stack, name);
  await page.close();
  if (count('minutes') > 0) await measureUpdates(await openPage(browser), stack, count('minutes'));
} finally {
  await browser.close();
  await stack.stop();
  mlServer.stop();
}

async function openPage(from: Browser): Promise<Page> {
  const context = await from.newContext({
    locale: 'en-GB',
    viewport: { width: 1440, height: 900 },
    // Waiting for a condition is a script that the policy of the page would refuse.
    bypassCSP: true,
  });
  return context.newPage();
}

/** First paint, the time until no panel of the page waits, and the same after another building was chosen. */
async function measurePage(page: Page, stack: Stack, name: string): Promise<void> {
  const fromMs = Date.now();
  const startMs = performance.now();
  await page.goto(`${stack.url}/?page=${name}&range=24h&refresh=off`);
  await page.waitForFunction(HAS_ALL_DATA, undefined, { polling: 20, timeout: 60_000 });
  const dataS = since(startMs);
  const paintMs = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  );
  print(`page ${name}`, dataS, `s to all data, first paint ${(paintMs / 1000).toFixed(2)} s`);
  for (const [panel, ms] of await page.evaluate<[string, number][]>(SLOWEST)) {
    print(`  ${panel}`, ms / 1000, 's');
  }
  await printBilled(stack, fromMs);
  const building = page.getByLabel('Building', { exact: true });
  if (await building.isEnabled()) {
    const changedAtMs = performance.now();
    await building.selectOption('B');
    await page.waitForFunction(HAS_ALL_DATA, undefined, { polling: 20, timeout: 60_000 });
    print('  another building chosen', since(changedAtMs), 's to all data');
  }
  for (const text of await page.locator('.failed').allInnerTexts())
    console.log(`  FAILED: ${text}`);
}

/** What BigQuery would bill for the queries since a time. */
async function printBilled({ bigquery }: Stack, fromMs: number): Promise<void> {
  const [jobs] = await bigquery.getJobs({ maxResults: 200, autoPaginate: false });
  const billed = jobs
    .map(({ metadata: { statistics } }) => statistics)
    .filter((statistics) => Number(statistics.creationTime) >= fromMs)
    .map((statistics) => Number(statistics.query?.totalBytesBilled ?? 0));
  const total = billed.reduce((sum, bytes) => sum + bytes, 0);
  print(`  ${billed.length} queries bill`, total / 1024 ** 2, 'MiB');
}

/** Frames a second and heap while readings arrive, a line each minute. The heap is read after a collection. */
async function measureUpdates(page: Page, { url, insert }: Stack, minutes: number): Promise<void> {
  await page.goto(`${url}/?page=${values.page}&range=1h`);
  await page.getByText('Live', { exact: true }).first().waitFor({ timeout: 30_000 });
  await page.waitForFunction(HAS_ALL_DATA, undefined, { polling: 20, timeout: 60_000 });
  const devtools = await page.context().newCDPSession(page);
  let updates = 0;
  const failures: unknown[] = [];
  const startMs = performance.now();
  // A timer alone falls behind on a busy machine: what is due is caught up.
  const timer = setInterval(() => {
    while (updates < since(startMs) * UPDATES_A_SECOND) {
      updates += 1;
      insert({ readings_raw: [reading(updates)] }).catch((error) => failures.push(error));
    }
  }, 1000 / UPDATES_A_SECOND);
  try {
    for (let minute = 1; minute <= minutes; minute += 1) {
      const before = updates;
      const minuteMs = performance.now();
      const frames = await page.evaluate<number>(COUNT_FRAMES);
      await devtools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await devtools.send('Runtime.getHeapUsage');
      print(
        `minute ${minute}`,
        frames,
        `frames a second, ${((updates - before) / since(minuteMs)).toFixed(1)} updates a second, heap ${(usedSize / 1e6).toFixed(1)} MB`,
      );
    }
  } finally {
    clearInterval(timer);
  }
  if (failures.length > 0) throw new Error(`${failures.length} inserts failed: ${failures[0]}`);
}

function reading(number: number): object {
  const now = new Date().toISOString();
  const id = `${now}-${number}`;
  return {
    reading_id: id,
    device_id: `device-${number % 50}`,
    measured_at: now,
    received_at: now,
    message_id: id,
    building: 'A',
    floor: 1,
    place_type: 'office',
    room: '101',
    temperature: 21 + Math.sin(number / 10),
    vibration: 1.2,
  };
}

function count(name: 'devices' | 'readings' | 'minutes'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= (name === 'minutes' ? 0 : 1)) return value;
  throw new RangeError(`--${name} must be a whole number, got "${values[name]}"`);
}

function since(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}

function print(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(34)}${value.toFixed(2).padStart(8)} ${unit}`);
}
