import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A labelled series of NAB: windows as the indices of their first and last reading. */
export interface WindowedSeries {
  readonly name: string;
  readonly atMs: readonly number[];
  readonly values: readonly number[];
  readonly windows: readonly (readonly [number, number])[];
}

/** NAB's folder: data/<group>/<name>.csv and labels/combined_windows.json. Times are taken as UTC. */
export function readNab(folder: string): WindowedSeries[] {
  const labels = JSON.parse(
    readFileSync(join(folder, 'labels', 'combined_windows.json'), 'utf8'),
  ) as Record<string, [string, string][]>;
  return readdirSync(join(folder, 'data'))
    .sort()
    .flatMap((group) =>
      readdirSync(join(folder, 'data', group))
        .sort()
        .map((file) => `${group}/${file}`),
    )
    .map((name) => {
      const rows = readCsv(join(folder, 'data', name), ',');
      const atMs = rows.map(([time]) => readTime(time as string));
      return {
        name,
        atMs,
        values: rows.map(([, value]) => Number(value)),
        windows: (labels[name] ?? []).map(
          ([first, last]) => [atMs.indexOf(readTime(first)), atMs.indexOf(readTime(last))] as const,
        ),
      };
    });
}

/** One run of SKAB's rig: 8 sensors at 1 Hz. */
export interface SkabRun {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** SKAB's folder: the runs of all its sub-folders but the one without anomalies. */
export function readSkab(folder: string): SkabRun[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'anomaly-free')
    .flatMap(({ name }) =>
      readdirSync(join(folder, name))
        .filter((file) => file.endsWith('.csv'))
        .sort()
        .map((file) => readCsv(join(folder, name, file), ';')),
    )
    .map((rows) => ({
      rows: rows.map((row) => row.slice(1, 9).map(Number)),
      labels: rows.map((row) => Number(row[9])),
    }));
}

/** One mote: temperature and humidity every 5 s, and which readings belong to its introduced event. */
export interface Mote {
  readonly isIndoor: boolean;
  readonly readings: readonly { readonly temperature: number; readonly humidity: number }[];
  readonly labels: readonly number[];
}

/** The motes of single.csv and multi.csv: reading, mote_id, indoor, humidity, temperature, label. */
export function readMotes(folder: string): Mote[] {
  return ['single.csv', 'multi.csv'].flatMap((file) => {
    const groups = Map.groupBy(readCsv(join(folder, file), ','), ([, mote]) => mote);
    return [...groups.values()].map((rows) => ({
      isIndoor: rows[0]?.[2] === '1',
      readings: rows.map((row) => ({ temperature: Number(row[4]), humidity: Number(row[3]) })),
      labels: rows.map((row) => Number(row[5])),
    }));
  });
}

/** Rows of a file below its header. */
function readCsv(path: string, separator: string): string[][] {
  return readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(separator));
}

function readTime(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}
