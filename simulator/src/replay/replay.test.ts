import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DATA_SETS, loadIntelLab } from './data-sets.ts';
import { replay } from './replay.ts';

describe('the motes', () => {
  test('are 37,674 readings of 8 motes, with the four events of the authors', async () => {
    const readings = [...replay(await DATA_SETS.motes.load())];
    expect(readings).toHaveLength(37_674);
    expect(new Set(readings.map(({ deviceId }) => deviceId)).size).toBe(8);
    const events = Map.groupBy(
      readings.filter(({ label }) => label === 'event'),
      ({ deviceId }) => deviceId,
    );
    // Counts of label 1 in the files; see ATTRIBUTION.md.
    expect([...events].map(([, list]) => list.length).sort((a, b) => a - b)).toEqual([
      32, 58, 100, 117,
    ]);
  });

  test('come in order of time, end at the given instant, and have ids of their own', async () => {
    const endMs = Date.parse('2026-11-20T09:00:00Z');
    const readings = [...replay(await DATA_SETS.motes.load(), { time: { endMs } })];
    expect(readings.at(-1)?.measuredAtMs).toBe(endMs);
    expect(
      readings.every((one, at) => (readings[at - 1]?.measuredAtMs ?? 0) <= one.measuredAtMs),
    ).toBe(true);
    expect(new Set(readings.map(({ readingId }) => readingId)).size).toBe(readings.length);
  });

  test('run faster with a speed-up, and go on without a gap when looped', async () => {
    const dataSet = await DATA_SETS.motes.load();
    const looped = replay(dataSet, { time: { startMs: 0 }, speedUp: 10, loop: true });
    const steps: number[] = [];
    let before: number | undefined;
    for (const { deviceId, measuredAtMs } of looped) {
      if (deviceId !== 'mote-single-1') continue;
      if (before !== undefined) steps.push(measuredAtMs - before);
      before = measuredAtMs;
      if (steps.length === 9_000) break;
    }
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(steps.filter((step) => step === 500).length).toBeGreaterThan(8_900);
  });
});

test('the office is in °C, with the two failures of NAB', async () => {
  const readings = [...replay(await DATA_SETS.office.load())];
  expect(readings).toHaveLength(7_267);
  // 69.88083514 °F
  expect(readings[0]).toMatchObject({
    deviceId: 'office-ambient',
    measuredAtMs: Date.parse('2013-07-04T00:00:00Z'),
    metrics: { temperature: 21.0449 },
  });
  const failing = readings.filter(({ label }) => label === 'system_failure');
  const days = new Set(
    failing.map(({ measuredAtMs }) => new Date(measuredAtMs).toISOString().slice(0, 7)),
  );
  expect([...days]).toEqual(['2013-12', '2014-03', '2014-04']);
});

test('rows of the Intel lab are cleaned, and every one left out is counted by its reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'data.txt');
  await writeFile(
    path,
    [
      '2004-03-31 03:38:15.757551 2 1 122.153 -3.91901 11.04 2.03397',
      '2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964',
      '2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964',
      '2004-02-28 01:03:16.33393 11 1 19.3024 38.4629 45.08',
      '2004-02-28 01:06:16.013453 17 99 19.1652 38.8039 45.08 2.68742',
      '2004-02-28 noon 17 1 19.1652 38.8039 45.08 2.68742',
      '2004-02-28 01:06:46.778088 18 2 n/a 38.8379 45.08 2.69964',
      '',
    ].join('\n'),
  );
  const dataSet = await loadIntelLab(path);
  expect(dataSet.cleaning).toEqual({
    readRows: 7,
    keptRows: 3,
    dropped: {
      implausible_value: 2,
      duplicate_time: 1,
      wrong_column_count: 1,
      bad_device: 1,
      bad_time: 1,
      bad_value: 1,
    },
  });
  expect([...replay(dataSet)].map(({ deviceId, metrics }) => [deviceId, metrics])).toEqual([
    ['lab-mote-1', { temperature: 19.9884, humidity: 37.0933, light: 45.08, voltage: 2.69964 }],
    ['lab-mote-2', { humidity: 38.8379, light: 45.08, voltage: 2.69964 }],
    ['lab-mote-1', { light: 11.04, voltage: 2.03397 }],
  ]);
  await expect(loadIntelLab(join(folder, 'absent'))).rejects.toThrow('absent');
});
