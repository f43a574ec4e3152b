import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'compile-cache';
/** A program without its configuration says what is missing, and ends. */
const END_MS = 20_000;

/** What makes Node read compiled code from the folder of an image, wherever it lies; the Dockerfiles set the same. */
export function compileCacheEnv(imageFolder: string): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: join(imageFolder, FOLDER), NODE_COMPILE_CACHE_PORTABLE: '1' };
}

/**
 * Compiles what the programs of an image load at their start, so that no instance has to: the ML server is ready a
 * sixth sooner. Only a Node of the same version reads it; any other compiles for itself.
 *
 * - programs: paths from `imageFolder`
 *
 * Not part of what tells images apart: it is made of the other files, and differs from one time to the next.
 */
export async function fillCompileCache(
  imageFolder: string,
  programs: readonly string[],
  searchPath = '',
): Promise<void> {
  const env = { PATH: searchPath, ...compileCacheEnv(imageFolder) };
  for (const program of programs) {
    // Each was loaded, and so compiled, before it could ask for its configuration.
    await new Promise((resolve) => {
      execFile(process.execPath, [join(imageFolder, program)], { env, timeout: END_MS }, resolve);
    });
  }
  if (!existsSync(join(imageFolder, FOLDER))) {
    throw new Error(
      `${programs.join(', ')} in ${imageFolder} left no compiled code: do they start?`,
    );
  }
}
