import { expect, test } from 'vitest';
import { HOME } from './address.ts';
import type { PanelData } from './fetch-panel.ts';
import { isShown, withLiveRows, withLiveSeries, withLiveTotals } from './live-merge.ts';
import type { ReadingRow, SeriesRow, TotalsRow } from './rows.ts';

const AS_OF_MS = 1_000_000;

function answer<Row>(rows: readonly Row[]): PanelData<Row> {
  return { asOfMs: AS_OF_MS, fromMs: 0, toMs: AS_OF_MS, columns: [], rows, queries: [] };
}

function reading(id: string, change: Partial<ReadingRow> = {}): ReadingRow {
  return {
    reading_id: id,
    device_id: 'd',
    measured_at: AS_OF_MS + 500,
    received_at: AS_OF_MS + 1_000,
    building: 'A',
    floor: 1,
    room: null,
    place_type: 'office',
    ...change,
  };
}

const step: SeriesRow = {
  metric: 'temperature',
  start_at: 990_000,
  step_ms: 15_000,
  reading_count: 3,
  mean: 20,
  min: 19,
  max: 21,
};

test('a reading that arrives later joins the mean, range and count of its step', () => {
  const merged = withLiveSeries(answer([step]), [reading('new', { temperature: 28 })]);
  // (3 x 20 + 28) / 4
  expect(merged.get('temperature')).toEqual([{ ...step, reading_count: 4, mean: 22, max: 28 }]);
});

test('a reading beyond the last step opens the next, and a new metric its own series', () => {
  const merged = withLiveSeries(answer([step]), [
    reading('new', { measured_at: 1_006_000, temperature: 25, co2: 600 }),
  ]);
  expect(merged.get('temperature')?.map((row) => row.start_at)).toEqual([990_000, 1_005_000]);
  expect(merged.get('co2')).toMatchObject([{ start_at: 1_005_000, mean: 600 }]);
});

test('a reading that the answer already has is not counted again', () => {
  const known = reading('old', { received_at: AS_OF_MS, temperature: 28 });
  expect(withLiveSeries(answer([step]), [known]).get('temperature')).toEqual([step]);
  const totals = answer([{ reading_count: 7, anomaly_count: 0 } as TotalsRow]);
  expect(withLiveTotals(totals, [known], [])?.reading_count).toBe(7);
  expect(withLiveTotals(totals, [reading('new')], [])?.reading_count).toBe(8);
});

test('a list has each reading once, the newest first, and no more than asked for', () => {
  const rows = withLiveRows(
    [reading('a', { measured_at: 1 }), reading('b', { measured_at: 3 })],
    [reading('b', { measured_at: 3 }), reading('c', { measured_at: 2 })],
    2,
  );
  expect(rows.map((row) => row.reading_id)).toEqual(['b', 'c']);
});

test('rows of another place or time than the filters are not shown', () => {
  expect(isShown(reading('a'), HOME)).toBe(true);
  expect(isShown(reading('a'), { ...HOME, building: 'B' })).toBe(false);
  expect(isShown(reading('a'), { ...HOME, floor: 1, placeType: 'office' })).toBe(true);
  expect(isShown(reading('a'), { ...HOME, between: { fromMs: 0, toMs: 10 } })).toBe(false);
});
