import { execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..');
/** What is read at run time and so stands beside the compiled code. */
const DATA = ['pubsub/vendor/google-pubsub-v1.json', 'pubsub/vendor/NOTICE'];

/** Replaces the directory by the emulators as other projects install them: JavaScript with types. */
export async function compile(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  // npm has put the compiler of this repository on the path of its scripts.
  const args = ['-p', join(FOLDER, 'tsconfig.pack.json'), '--outDir', directory];
  execFileSync('tsc', args, { stdio: 'inherit' });
  for (const file of DATA) await cp(join(FOLDER, 'src', file), join(directory, file));
}
