/**
 * Around `npm pack`, as its scripts `prepack` and `postpack`. In this repository the sources run as
 * they are; Node takes no TypeScript from `node_modules`, so the tarball has them compiled, and while
 * it is made `package.json` points there.
 */
import { execFileSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..');
const MANIFEST = join(FOLDER, 'package.json');
/** What is read at run time and so stands beside the compiled code. */
const DATA = ['pubsub/vendor/google-pubsub-v1.json', 'pubsub/vendor/NOTICE'];

const manifest = await readFile(MANIFEST, 'utf8');
switch (process.argv[2]) {
  case 'before':
    await rm(join(FOLDER, 'dist'), { recursive: true, force: true });
    // npm has put the compiler of this repository on the path of its scripts.
    execFileSync('tsc', ['-p', join(FOLDER, 'tsconfig.pack.json')], { stdio: 'inherit' });
    for (const file of DATA) await cp(join(FOLDER, 'src', file), join(FOLDER, 'dist', file));
    await writeFile(MANIFEST, manifest.replace(/"\.\/src\/(\w+)\.ts"/g, '"./dist/$1.js"'));
    break;
  case 'after':
    await writeFile(MANIFEST, manifest.replace(/"\.\/dist\/(\w+)\.js"/g, '"./src/$1.ts"'));
    break;
  default:
    throw new Error(`wanted "before" or "after", got "${process.argv[2]}"`);
}
