import { platform } from 'node:process';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/**
 * A real Chromium: on Linux the one from the npm registry, elsewhere the Chrome or Edge that is installed.
 * A text says why there is none.
 */
export async function openBrowser(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Browser | string> {
  const options = { args: ['--no-sandbox', '--disable-gpu'], env: { ...env } };
  const attempts = [
    ...(platform === 'linux'
      ? [
          async () =>
            chromium.launch({ executablePath: await sparticuz.executablePath(), ...options }),
        ]
      : []),
    () => chromium.launch({ channel: 'chrome', ...options }),
    () => chromium.launch({ channel: 'msedge', ...options }),
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
