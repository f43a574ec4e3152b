import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { METRIC_NAMES, METRICS, type MetricName, type Place } from '@plumbline/contracts';
import type { Mapping } from './mapping.ts';

/** Why a row, or one value of it, was left out. */
export const CLEANING_REASONS = [
  'wrong_column_count',
  'bad_device',
  'bad_time',
  'bad_value',
  'implausible_value',
  'no_value',
  'duplicate_time',
] as const;
export type CleaningReason = (typeof CLEANING_REASONS)[number];

/** Rows of a data set, in columns, in order of time. */
export interface DataSet {
  readonly name: string;
  readonly devices: readonly { readonly deviceId: string; readonly place: Place }[];
  readonly rowCount: number;
  readonly timeMs: Float64Array;
  /** Position in `devices`. */
  readonly device: Uint16Array;
  /** NaN where a row has no value. */
  readonly values: Readonly<Partial<Record<MetricName, Float64Array>>>;
  /** Position in `labels`; 0 is none. */
  readonly label: Uint8Array;
  readonly labels: readonly (string | undefined)[];
  readonly cleaning: CleaningReport;
}

export interface CleaningReport {
  readonly readRows: number;
  readonly keptRows: number;
  /** Rows left out, and single values left out of rows that were kept. */
  readonly dropped: Readonly<Partial<Record<CleaningReason, number>>>;
}

export interface Source {
  readonly path: string;
  readonly mapping: Mapping;
}

/**
 * Reads files and cleans them. Rows may be in any order; of two with one device and time, the first is kept.
 *
 * Rejects when a file cannot be read, has another header, or holds no usable row.
 */
export async function loadDataSet(name: string, sources: readonly Source[]): Promise<DataSet> {
  const table = createTable();
  for (const source of sources) await readSource(table, source);
  if (table.rows === 0) {
    throw new Error(`${name}: no usable row in ${sources.map(({ path }) => path).join(', ')}`);
  }
  return finish(name, table);
}

/** Grows by doubling: 2 million rows fit in less memory than as objects. */
interface Table {
  rows: number;
  readRows: number;
  time: Float64Array;
  device: Uint16Array;
  label: Uint8Array;
  values: Map<MetricName, Float64Array>;
  readonly devices: Map<string, { index: number; place: Place }>;
  readonly labels: (string | undefined)[];
  readonly dropped: Partial<Record<CleaningReason, number>>;
}

function createTable(): Table {
  return {
    rows: 0,
    readRows: 0,
    time: new Float64Array(1024),
    device: new Uint16Array(1024),
    label: new Uint8Array(1024),
    values: new Map(),
    devices: new Map(),
    labels: [undefined],
    dropped: {},
  };
}

async function readSource(table: Table, { path, mapping }: Source): Promise<void> {
  const metrics = METRIC_NAMES.filter((name) => mapping.metrics[name]);
  for (const name of metrics) {
    if (!table.values.has(name)) {
      table.values.set(name, new Float64Array(table.time.length).fill(Number.NaN));
    }
  }
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  let isHeader = mapping.header !== undefined;
  for await (const line of lines) {
    if (isHeader) {
      isHeader = false;
      if (line.trim() !== mapping.header) {
        throw new Error(`${path}:1: header "${line.slice(0, 80)}", wanted "${mapping.header}"`);
      }
    } else if (line.trim() !== '') {
      table.readRows += 1;
      const reason = readRow(table, mapping, metrics, split(line, mapping));
      if (reason) count(table, reason);
    }
  }
}

function split(line: string, { separator }: Mapping): string[] {
  return separator === ',' ? line.split(',') : line.trim().split(/\s+/);
}

/** Adds a row, or says why not. */
function readRow(
  table: Table,
  mapping: Mapping,
  metrics: readonly MetricName[],
  columns: readonly string[],
): CleaningReason | undefined {
  if (columns.length !== mapping.columnCount) return 'wrong_column_count';
  const deviceId = mapping.device(columns);
  if (deviceId === undefined) return 'bad_device';
  const timeMs = mapping.time(columns);
  if (!Number.isFinite(timeMs)) return 'bad_time';
  if (table.rows === table.time.length) grow(table);
  const row = table.rows;
  let valueCount = 0;
  for (const name of metrics) {
    const value = readValue(name, mapping, columns);
    if (typeof value === 'string') count(table, value);
    else {
      valueCount += 1;
      (table.values.get(name) as Float64Array)[row] = value;
    }
  }
  if (valueCount === 0) return 'no_value';
  table.time[row] = timeMs;
  table.device[row] = deviceIndex(table, deviceId, mapping.place?.(columns) ?? {});
  table.label[row] = labelIndex(table, mapping.label?.(columns, timeMs));
  table.rows += 1;
  return undefined;
}

function readValue(
  name: MetricName,
  mapping: Mapping,
  columns: readonly string[],
): number | CleaningReason {
  const { column, convert, min, max } = mapping.metrics[name] as NonNullable<
    Mapping['metrics'][MetricName]
  >;
  const text = columns[column]?.trim() ?? '';
  const raw = text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(raw)) return 'bad_value';
  const value = convert ? Math.round(convert(raw) * 1e4) / 1e4 : raw;
  const lowest = Math.max(METRICS[name].min, min ?? -Infinity);
  const highest = Math.min(METRICS[name].max, max ?? Infinity);
  return value < lowest || highest < value ? 'implausible_value' : value;
}

function deviceIndex(table: Table, deviceId: string, place: Place): number {
  const known = table.devices.get(deviceId);
  if (known) return known.index;
  const index = table.devices.size;
  table.devices.set(deviceId, { index, place });
  return index;
}

function labelIndex(table: Table, label: string | undefined): number {
  const known = table.labels.indexOf(label);
  return known === -1 ? table.labels.push(label) - 1 : known;
}

function count(table: Table, reason: CleaningReason): void {
  table.dropped[reason] = (table.dropped[reason] ?? 0) + 1;
}

function grow(table: Table): void {
  const length = table.time.length * 2;
  const copyInto = <A extends Float64Array | Uint16Array | Uint8Array>(bigger: A, from: A): A => {
    bigger.set(from);
    return bigger;
  };
  table.time = copyInto(new Float64Array(length), table.time);
  table.device = copyInto(new Uint16Array(length), table.device);
  table.label = copyInto(new Uint8Array(length), table.label);
  for (const [name, values] of table.values) {
    table.values.set(name, copyInto(new Float64Array(length).fill(Number.NaN), values));
  }
}

function finish(name: string, table: Table): DataSet {
  const order = Uint32Array.from({ length: table.rows }, (_, row) => row);
  const time = (row: number) => table.time[row] as number;
  const device = (row: number) => table.device[row] as number;
  order.sort((a, b) => time(a) - time(b) || device(a) - device(b) || a - b);
  const kept = order.filter((row, at) => {
    const before = order[at - 1];
    const isTwice =
      before !== undefined && time(before) === time(row) && device(before) === device(row);
    if (isTwice) count(table, 'duplicate_time');
    return !isTwice;
  });
  const values: Partial<Record<MetricName, Float64Array>> = {};
  for (const [metric, column] of table.values) {
    values[metric] = Float64Array.from(kept, (row) => column[row] as number);
  }
  return {
    name,
    devices: [...table.devices].map(([deviceId, { place }]) => ({ deviceId, place })),
    rowCount: kept.length,
    timeMs: Float64Array.from(kept, time),
    device: Uint16Array.from(kept, device),
    values,
    label: Uint8Array.from(kept, (row) => table.label[row] as number),
    labels: table.labels,
    cleaning: { readRows: table.readRows, keptRows: kept.length, dropped: table.dropped },
  };
}
