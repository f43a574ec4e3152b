import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A Chromium kept from talking to anyone but the page. */
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/**
 * How to launch a real Chromium: the one from npm on Linux (it needs no system package), the installed one
 * elsewhere. Undefined where neither exists; a test then skips, and says so.
 */
export async function findBrowser(): Promise<LaunchOptions | undefined> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { executablePath: await chromium.executablePath(), args: [...chromium.args, ...QUIET] };
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : { executablePath, args: QUIET };
}
