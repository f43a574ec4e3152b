import { platform } from 'node:process';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/**
 * A real Chromium: on Linux the one from the npm registry, elsewhere the Chrome or Edge that is installed.
 * A text says why there is none.
 */
export async function openBrowser(): Promise<Browser | string> {
  const args = ['--no-sandbox', '--disable-gpu'];
  const attempts = [
    ...(platform === 'linux'
      ? [async () => chromium.launch({ executablePath: await sparticuz.executablePath(), args })]
      : []),
    () => chromium.launch({ channel: 'chrome', args }),
    () => chromium.launch({ channel: 'msedge', args }),
  ];
  const reasons: string[] = [];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      reasons.push(String((error as Error).message).split('\n')[0] ?? '');
    }
  }
  return `no Chromium could be started: ${reasons.join('; ')}`;
}
