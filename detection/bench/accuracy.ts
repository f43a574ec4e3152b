import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { absent, type Figure, printFigures } from './figure.ts';
import { moteAccuracy } from './mote-accuracy.ts';
import { nabAccuracy } from './nab-accuracy.ts';
import { HELD_OUT_SEEDS, simulatorAccuracy } from './simulator-accuracy.ts';
import { skabAccuracy } from './skab-accuracy.ts';
import { tabularAccuracy } from './tabular-accuracy.ts';

const TABLES = [
  ['tabular', tabularAccuracy],
  ['nab', nabAccuracy],
  ['skab', skabAccuracy],
  ['motes', moteAccuracy],
] as const;

/**
 * How well the detectors find what is labelled: tables of outliers, NAB, SKAB, the motes, the simulator.
 *
 * - dataDir: a folder with `tabular/`, `nab/`, `skab/` and `motes/` as their projects lay them out; what is
 *   not there is a figure that says so
 * - seeds: of simulated fleets, as `101,103`; more give more device-days
 *
 * @throws RangeError that names what is no seed
 */
export async function benchAccuracy(
  dataDir?: string,
  seeds: string = HELD_OUT_SEEDS.join(),
): Promise<Figure[]> {
  const fleets = parseSeeds(seeds);
  const figures = TABLES.flatMap(([name, measure]) => {
    const folder = dataDir === undefined ? undefined : join(dataDir, name);
    if (folder !== undefined && existsSync(folder)) return measure(folder);
    const reason = folder === undefined ? 'give --data DIR' : `${folder} does not exist`;
    return [absent(`accuracy on ${name}`, '', '', '', reason)];
  });
  return [...figures, ...simulatorAccuracy(fleets, console.error)];
}

function parseSeeds(text: string): number[] {
  return text.split(',').map((part) => {
    const seed = Number(part);
    if (!/^\d+$/.test(part) || 2 ** 32 <= seed)
      throw new RangeError(
        `seeds are "${text}", wanted whole numbers below 2^32 with commas between`,
      );
    return seed;
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      seeds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  printFigures(await benchAccuracy(values.data, values.seeds), values.json, 'accuracy');
}
