import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { moteAccuracy, simulatorAccuracy } from './device-accuracy.ts';
import { absent, type Figure, printFigures } from './figure.ts';
import { nabAccuracy } from './nab-accuracy.ts';
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
 */
export async function benchAccuracy(dataDir?: string): Promise<Figure[]> {
  const figures = TABLES.flatMap(([name, measure]) => {
    const folder = dataDir === undefined ? undefined : join(dataDir, name);
    if (folder !== undefined && existsSync(folder)) return measure(folder);
    const reason = folder === undefined ? 'give --data DIR' : `${folder} does not exist`;
    return [absent(`accuracy on ${name}`, '', '', '', reason)];
  });
  return [...figures, ...simulatorAccuracy()];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  printFigures(await benchAccuracy(values.data), values.json, 'accuracy');
}
