import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type DataSet, loadDataSet } from './data-set.ts';
import { fahrenheit, type Mapping, parseUtc } from './mapping.ts';

const DATA = new URL('../../data/', import.meta.url);

/** Data sets that ship with the simulator; each folder has its licence. */
export const DATA_SETS = {
  motes: {
    description: '8 motes, temperature and humidity every 5 s for 6 h, 4 with an event',
    load: loadMotes,
  },
  office: {
    description: 'temperature of an office every hour for 10 months, 2 system failures',
    load: loadOffice,
  },
} as const satisfies Record<string, { description: string; load(): Promise<DataSet> }>;
export type DataSetName = keyof typeof DATA_SETS;
export const DATA_SET_NAMES = Object.keys(DATA_SETS) as readonly DataSetName[];

/**
 * A file in the format of the Intel Berkeley lab: `date time epoch moteid temperature humidity light voltage`.
 *
 * Below 2.1 V the motes of that lab sent nonsense, so such rows lose their values; so do values no room has.
 */
export function loadIntelLab(path: string): Promise<DataSet> {
  return loadDataSet('intel-lab', [{ path, mapping: intelLab }]);
}

/** The files number their readings and keep no time: the first is set to the day of the paper's recording. */
const MOTES_START_MS = Date.UTC(2010, 4, 9);

function loadMotes(): Promise<DataSet> {
  return loadDataSet(
    'motes',
    ['single', 'multi'].map((hops) => ({
      path: fileURLToPath(new URL(`motes/${hops}.csv`, DATA)),
      mapping: motes(hops),
    })),
  );
}

function motes(hops: string): Mapping {
  return {
    separator: ',',
    header: 'reading,mote_id,indoor,humidity,temperature,label',
    columnCount: 6,
    device: ([, mote]) => (/^\d+$/.test(mote ?? '') ? `mote-${hops}-${mote}` : undefined),
    time: ([reading]) =>
      /^\d+$/.test(reading ?? '') ? MOTES_START_MS + Number(reading) * 5_000 : Number.NaN,
    metrics: { temperature: { column: 4 }, humidity: { column: 3 } },
    place: ([, , indoor]) => ({ type: indoor === '1' ? 'indoor' : 'outdoor' }),
    label: (columns) => (columns[5]?.trim() === '1' ? 'event' : undefined),
  };
}

async function loadOffice(): Promise<DataSet> {
  const text = await readFile(new URL('nab/windows.json', DATA), 'utf8');
  const windows = (JSON.parse(text) as [string, string][]).map((ends) =>
    ends.map((instant) => Date.parse(`${instant.replace(' ', 'T')}Z`)),
  ) as [number, number][];
  const path = fileURLToPath(new URL('nab/ambient_temperature_system_failure.csv', DATA));
  return loadDataSet('office', [{ path, mapping: office(windows) }]);
}

function office(windows: readonly (readonly [number, number])[]): Mapping {
  return {
    separator: ',',
    header: 'timestamp,value',
    columnCount: 2,
    device: () => 'office-ambient',
    time: ([instant]) => parseUtc(instant),
    metrics: { temperature: { column: 1, convert: fahrenheit } },
    place: () => ({ type: 'office' }),
    label: (_, timeMs) =>
      windows.some(([start, end]) => start <= timeMs && timeMs <= end)
        ? 'system_failure'
        : undefined,
  };
}

const intelLab: Mapping = {
  separator: 'blanks',
  header: undefined,
  columnCount: 8,
  device: (columns) => {
    const mote = Number(columns[3]);
    return Number.isInteger(mote) && 1 <= mote && mote <= 58 ? `lab-mote-${mote}` : undefined;
  },
  time: ([date, time]) => parseUtc(`${date} ${time}`),
  metrics: {
    temperature: { column: 4, min: -10, max: 60 },
    humidity: { column: 5 },
    light: { column: 6 },
    voltage: { column: 7, min: 1.5, max: 4 },
  },
  place: () => ({ building: 'lab', type: 'laboratory' }),
};
