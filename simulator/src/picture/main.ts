import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createFleet } from '../fleet.ts';
import { PROFILES } from '../profiles/index.ts';
import { drawDevice } from './picture.ts';

/** Draws docs/simulator/PROFILE.svg for each profile: a week of the device that shows most kinds of fault. */
const folder = fileURLToPath(new URL('../../../docs/simulator/', import.meta.url));
// At the profiles' own intervals most faults of a week would be thinner than a pixel.
const intervalMs = 300_000;
// A Monday, 00:00 UTC.
const fromMs = Date.UTC(2026, 2, 2);
const period = { fromMs, toMs: fromMs + 7 * 86_400_000 };
await mkdir(folder, { recursive: true });
for (const profile of Object.values(PROFILES)) {
  const fleet = createFleet({ profile, intervalMs });
  const kinds = (device: number) =>
    new Set(fleet.faults(device, period).map(({ kind }) => kind)).size;
  const device = [...fleet.devices.keys()].reduce((best, one) =>
    kinds(best) < kinds(one) ? one : best,
  );
  await writeFile(`${folder}${profile.name}.svg`, drawDevice(fleet, device, period));
  process.stdout.write(`docs/simulator/${profile.name}.svg\n`);
}
