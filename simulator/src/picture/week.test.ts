import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PROFILE_NAMES, PROFILES } from '../profiles/index.ts';
import { drawWeek } from './week.ts';

test.each(PROFILE_NAMES)('the picture of %s in docs/ is that of today', async (name) => {
  const inDocs = await readFile(
    new URL(`../../../docs/simulator/${name}.svg`, import.meta.url),
    'utf8',
  );
  expect(drawWeek(PROFILES[name]) === inDocs, 'run: npm run picture -w simulator').toBe(true);
});

test('a picture has a panel for each metric and a key for each kind of fault', () => {
  const svg = drawWeek(PROFILES.building);
  for (const metric of [
    'temperature (°C)',
    'humidity (%)',
    'co2 (ppm)',
    'occupancy (people)',
    'energy (kWh)',
  ]) {
    expect(svg).toContain(`>${metric}<`);
  }
  const keys = [...svg.matchAll(/height="12" fill="(#\w+)"/g)].map(([, colour]) => colour);
  const shades = [...svg.matchAll(/fill="(#\w+)" opacity="0.35"/g)].map(([, colour]) => colour);
  expect(keys.length).toBeGreaterThanOrEqual(5);
  expect(new Set(shades)).toEqual(new Set(keys));
});
