import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The first 12 hex digits of a hash over the names and contents of all files below a folder, and over a text. */
export async function hashFolder(folder: string, text: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256').update(text);
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${relative(folder, file)}\n${content.byteLength}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
