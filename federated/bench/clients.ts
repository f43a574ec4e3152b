import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_NAMES } from '@plumbline/contracts';
import { createFleet, DATA_SETS, PROFILES } from '@plumbline/simulator';

/** A device of an evaluation: what it may learn from, and what it is asked about. */
export interface Client {
  readonly name: string;
  readonly training: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  /** Of each test row: 1 for an anomaly. */
  readonly labels: readonly number[];
}

export interface Scenario {
  readonly name: string;
  readonly clients: readonly Client[];
  /** Rows a point. */
  readonly windowSize: number;
  /** Columns that go together, of which the second is exchanged to break that; undefined: not tried. */
  readonly pair?: readonly [number, number];
  readonly areAlike: boolean;
}

const HOUR_MS = 3_600_000;

/** Motes of the profile `lab`: two days without faults to learn from, one with faults to be asked about. */
export function labScenario(seed: number): Scenario {
  const fromMs = Date.parse('2026-03-02T00:00:00Z');
  const [calm, faulty] = [0, 0.05].map((faultRate) =>
    createFleet({ profile: PROFILES.lab, devices: 8, seed, faultRate }),
  );
  const names = METRIC_NAMES.filter((name) => PROFILES.lab.kinds.window?.metrics[name]);
  const rowsOf = (fleet: typeof calm, device: number, start: number, hours: number) =>
    [...(fleet?.moments(device, { fromMs: start, toMs: start + hours * HOUR_MS }) ?? [])].flatMap(
      (atMs) => {
        const reading = fleet?.readingAt(device, atMs);
        const row = names.map((name) => reading?.metrics[name]);
        if (row.some((value) => value === undefined)) return [];
        return [{ row: row as number[], label: reading?.label === undefined ? 0 : 1 }];
      },
    );
  const clients = (calm?.devices ?? []).map(({ deviceId }, device) => {
    const test = rowsOf(faulty, device, fromMs + 24 * HOUR_MS, 12);
    return {
      name: deviceId,
      training: rowsOf(calm, device, fromMs, 24).map(({ row }) => row),
      test: test.map(({ row }) => row),
      labels: test.map(({ label }) => label),
    };
  });
  return { name: 'lab', clients, windowSize: 3, pair: [0, 1], areAlike: true };
}

interface Mote {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

async function readMotes(): Promise<Mote[]> {
  const data = await DATA_SETS.motes.load();
  return data.devices.map(({ deviceId }, device) => {
    const indexes = Array.from({ length: data.rowCount }, (_, row) => row).filter(
      (row) => data.device[row] === device,
    );
    return {
      name: deviceId,
      rows: indexes.map((row) => [
        data.values.temperature?.[row] as number,
        data.values.humidity?.[row] as number,
      ]),
      labels: indexes.map((row) => (data.label[row] === 0 ? 0 : 1)),
    };
  });
}

/** The shipped motes and their events: the first 1,000 rows to learn from. */
export async function motesScenario(): Promise<Scenario> {
  const clients = (await readMotes()).map(({ name, rows, labels }) => ({
    name,
    training: rows.slice(0, 1_000),
    test: rows.slice(1_000),
    labels: labels.slice(1_000),
  }));
  return { name: 'motes', clients, windowSize: 5, areAlike: false };
}

const BLOCK = 250;

/**
 * The same motes without their events, every other block of 250 rows to learn from.
 *
 * What goes together drifts over the six hours: after the first 1,000 rows alone no model, shared or not, tells a
 * broken correlation from a later hour.
 */
export async function motesInBlocks(): Promise<Scenario> {
  const clients = (await readMotes()).map(({ name, rows, labels }) => {
    const calm = rows.filter((_, row) => labels[row] === 0);
    const block = (row: number) => Math.floor(row / BLOCK) % 2;
    const test = calm.filter((_, row) => block(row) === 1);
    return {
      name,
      training: calm.filter((_, row) => block(row) === 0),
      test,
      labels: test.map(() => 0),
    };
  });
  return { name: 'motes in blocks', clients, windowSize: 5, pair: [0, 1], areAlike: false };
}

/** The runs of SKAB as devices: the first 400 rows to learn from, as its protocol has it. */
export function skabScenario(folder: string): Scenario {
  const files = ['valve1', 'valve2', 'other'].flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((name) => name.endsWith('.csv'))
      .map((name) => join(folder, part, name)),
  );
  const clients = files.map((file) => {
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
    const rows = lines.map((line) => line.split(';').slice(1).map(Number));
    return {
      name: file,
      training: rows.slice(0, 400).map((row) => row.slice(0, 8)),
      test: rows.slice(400).map((row) => row.slice(0, 8)),
      labels: rows.slice(400).map((row) => row[8] as number),
    };
  });
  return { name: 'SKAB', clients, windowSize: 1, areAlike: true };
}
