import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFunctions } from '../artifacts.ts';
import { fillCompileCache } from './compile-cache.ts';
import { IMAGE_FOLDERS, writeImageFolder } from './images.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const asked = process.argv.slice(2);
const known = ['functions', ...IMAGE_FOLDERS.map(({ name }) => name)];
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(
    `build: no ${unknown.join(', ')}; there are ${known.join(', ')}, and none means all`,
  );
  process.exit(1);
}
const isWanted = (name: string) => asked.length === 0 || asked.includes(name);

if (isWanted('functions')) {
  for (const { file, zip } of await writeFunctions(root)) {
    console.log(`${relative(process.cwd(), file)}  ${(zip.byteLength / 1e6).toFixed(1)} MB`);
  }
}
for (const folder of IMAGE_FOLDERS.filter(({ name }) => isWanted(name))) {
  const path = await writeImageFolder(root, folder);
  await fillCompileCache(
    path,
    folder.entries.map((entry) => entry.replace(/\.ts$/, '.js')),
    process.env.PATH,
  );
  console.log(`${relative(process.cwd(), path)}/`);
}
