import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
export const SITE = join(PACKAGE, 'dist');

/**
 * Builds the web app into `dist/` if it is missing or older than its sources. Containers carry the
 * built files and no sources, so they never build. Takes about a second.
 */
export async function buildSiteIfStale(): Promise<void> {
  const builtAtMs = await changedAt(join(SITE, 'index.html'));
  const sources = ['src/web', 'vite.config.ts', '../docs/runbook.md'].map((path) =>
    join(PACKAGE, path),
  );
  const changedAtMs = Math.max(...(await Promise.all(sources.map(newestChange))));
  if (builtAtMs >= changedAtMs) return;
  const { build } = await import('vite');
  await build({
    root: join(PACKAGE, 'src/web'),
    configFile: join(PACKAGE, 'vite.config.ts'),
    logLevel: 'error',
  });
}

/** Epoch milliseconds of the newest file in it, 0 if there is none. */
async function newestChange(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
  if (!entries) return changedAt(path);
  const times = entries
    .filter((entry) => entry.isFile())
    .map((entry) => changedAt(join(entry.parentPath, entry.name)));
  return Math.max(0, ...(await Promise.all(times)));
}

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
