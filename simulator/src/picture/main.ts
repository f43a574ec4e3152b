import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PROFILES } from '../profiles/index.ts';
import { drawWeek } from './week.ts';

/** Draws docs/simulator/PROFILE.svg for each profile. */
const folder = fileURLToPath(new URL('../../../docs/simulator/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const profile of Object.values(PROFILES)) {
  await writeFile(`${folder}${profile.name}.svg`, drawWeek(profile));
  process.stdout.write(`docs/simulator/${profile.name}.svg\n`);
}
