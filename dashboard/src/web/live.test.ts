import { expect, test } from 'vitest';
import { QUIET, type Tick, withTick } from './live.ts';
import type { ReadingRow } from './rows.ts';

const tick = (ids: readonly string[], severity?: 'normal'): Tick => ({
  readings: ids.map((id, index) => ({ reading_id: id, measured_at: index }) as ReadingRow),
  anomalies: [],
  predictions: severity ? ids.map((id) => ({ reading_id: id, severity })) : [],
});

test('what a resumed stream repeats is there once', () => {
  const state = withTick(withTick(QUIET, tick(['a', 'b'])), tick(['b', 'c']));
  expect(state.readings.map((row) => row.reading_id).toSorted()).toEqual(['a', 'b', 'c']);
});

test('memory is bounded however long the page stays open', () => {
  let state = QUIET;
  for (let round = 0; round < 30; round += 1) {
    state = withTick(
      state,
      tick(
        Array.from({ length: 200 }, (_, i) => `${round}-${i}`),
        'normal',
      ),
    );
  }
  expect(state.readings).toHaveLength(2_000);
  expect(state.severities.size).toBe(2_000);
  expect(state.severities.has('29-199')).toBe(true);
});
