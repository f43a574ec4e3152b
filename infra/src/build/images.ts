import { execFile } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageName } from '../images.ts';
import { bundlePrograms } from './bundle.ts';

/** What goes into a container: a folder that runs with Node alone, laid out like the sources it was made of. */
export interface ImageFolder {
  readonly name: ImageName;
  /** Entry points, from the folder of the workspace; each becomes a bundle of the same path with `.js`. */
  readonly entries: readonly string[];
  /** Files and folders that the bundles read at run time, copied as they are. */
  readonly files: readonly string[];
  /** Folder into which vite builds the web app, if there is one. */
  readonly site?: string;
  /** Packages that only a development machine loads. */
  readonly external: readonly string[];
}

export const IMAGE_FOLDERS: readonly ImageFolder[] = [
  {
    name: 'ml-server',
    entries: ['src/serve/main.ts', 'src/train/main.ts'],
    files: ['sql'],
    external: [],
  },
  {
    name: 'dashboard',
    entries: ['src/server/main.ts'],
    files: [],
    site: 'dist',
    // The server builds the web app itself if it is missing. Here it is not.
    external: ['vite'],
  },
  {
    name: 'gateway',
    entries: ['src/http/main.ts', 'src/mqtt/main.ts'],
    files: [],
    external: [],
  },
  {
    name: 'federated',
    entries: ['src/coordinator/main.ts'],
    files: [],
    external: [],
  },
];

export function imageFolder(name: ImageName): ImageFolder {
  return IMAGE_FOLDERS.find((folder) => folder.name === name) as ImageFolder;
}

/** Writes what goes into an image to a folder of its name in `dist` and returns its path. `root` is the repository, absolute. */
export async function writeImageFolder(
  root: string,
  folder: ImageFolder,
  dist = join(root, 'infra/dist'),
): Promise<string> {
  const workspace = join(root, folder.name);
  const out = join(dist, folder.name);
  await rm(out, { recursive: true, force: true });
  const { entries, external } = folder;
  await bundlePrograms({ workspace, entries, external, folder: out });
  for (const file of folder.files) {
    await cp(join(workspace, file), join(out, file), { recursive: true });
  }
  if (folder.site) await buildSite(workspace, join(out, folder.site));
  const { version } = JSON.parse(await readFile(join(workspace, 'package.json'), 'utf8'));
  const manifest = { name: `plumbline-${folder.name}`, version, private: true, type: 'module' };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return out;
}

async function buildSite(workspace: string, out: string): Promise<void> {
  const vite = join(workspace, '../node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, args, { cwd: workspace });
}
