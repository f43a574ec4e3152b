/**
 * Around `npm pack`, as its scripts `prepack` and `postpack`. In this repository the sources run as
 * they are; Node takes no TypeScript from `node_modules`, so the tarball has them compiled, and while
 * it is made `package.json` points there.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from './compile.ts';

const FOLDER = join(import.meta.dirname, '..');
const MANIFEST = join(FOLDER, 'package.json');

const manifest = await readFile(MANIFEST, 'utf8');
switch (process.argv[2]) {
  case 'before':
    await compile(join(FOLDER, 'dist'));
    await writeFile(MANIFEST, manifest.replace(/"\.\/src\/(\w+)\.ts"/g, '"./dist/$1.js"'));
    break;
  case 'after':
    await writeFile(MANIFEST, manifest.replace(/"\.\/dist\/(\w+)\.js"/g, '"./src/$1.ts"'));
    break;
  default:
    throw new Error(`wanted "before" or "after", got "${process.argv[2]}"`);
}
