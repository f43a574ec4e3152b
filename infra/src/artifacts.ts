import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionName } from '@plumbline/contracts';
import { type BuiltFunction, buildFunctions } from './build/functions.ts';
import type { LockFile } from './build/lock-file.ts';
import type { Zip } from './zips.ts';

/** From the folder of a synthesised stack to that of the zips. */
const FROM_STACK = '../../../dist/functions';

export interface WrittenFunction extends BuiltFunction {
  readonly file: string;
}

/**
 * Builds the functions and writes their zips to `infra/dist/functions`, each named by its hash. Zips of older
 * builds are removed.
 */
export async function writeFunctions(root: string): Promise<WrittenFunction[]> {
  const folder = join(root, 'infra/dist/functions');
  const built = await buildFunctions(root, await readLockFile(root));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return Promise.all(
    built.map(async (one) => {
      const file = join(folder, fileName(one));
      await writeFile(file, one.zip);
      return { ...one, file };
    }),
  );
}

/** The zips as a stack refers to them. */
export function zipsOf(built: readonly BuiltFunction[]): Record<FunctionName, Zip> {
  return Object.fromEntries(
    built.map((one) => [one.name, { path: `${FROM_STACK}/${fileName(one)}`, sha256: one.sha256 }]),
  ) as Record<FunctionName, Zip>;
}

export async function readLockFile(root: string): Promise<LockFile> {
  return JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
}

function fileName({ name, sha256 }: BuiltFunction): string {
  return `${name}-${sha256.slice(0, 12)}.zip`;
}
