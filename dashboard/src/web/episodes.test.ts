import { expect, test } from 'vitest';
import { episodes, mostAt, PAUSE_MS } from './episodes.ts';
import type { AnomalyRow } from './rows.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);

function anomaly(device: string, agoMs: number, severity: AnomalyRow['severity'] = 'warning') {
  return {
    reading_id: `${device}-${agoMs}`,
    device_id: device,
    measured_at: NOW_MS - agoMs,
    severity,
    score: 1,
    threshold: 1,
  } as AnomalyRow;
}

test('anomalies without a longer pause are one episode, as bad as its worst', () => {
  const found = episodes(
    [anomaly('a', 0), anomaly('a', 60_000, 'critical'), anomaly('a', 120_000)],
    NOW_MS,
  );
  expect(found).toMatchObject([
    { count: 3, severity: 'critical', sinceMs: NOW_MS - 120_000, lastMs: NOW_MS, isOpen: true },
  ]);
  expect(found[0]?.peak.reading_id).toBe('a-60000');
});

test('an episode is told by its strongest anomaly, not by the echo that follows', () => {
  const spike = { ...anomaly('a', 30_000), score: 3 };
  const [found] = episodes([anomaly('a', 0), spike, anomaly('a', 60_000)], NOW_MS);
  expect(found?.peak).toBe(spike);
});

test('a pause begins a new episode, and the old one is closed', () => {
  const found = episodes([anomaly('a', 0), anomaly('a', PAUSE_MS + 1)], NOW_MS);
  expect(found.map(({ isOpen }) => isOpen)).toEqual([true, false]);
});

test('what is open and critical comes first', () => {
  const found = episodes(
    [
      anomaly('closed', PAUSE_MS + 1, 'critical'),
      anomaly('warned', 0),
      anomaly('burning', 1, 'critical'),
    ],
    NOW_MS,
  );
  expect(found.map(({ device }) => device)).toEqual(['burning', 'warned', 'closed']);
});

test('where most of it is: the floor with most devices, and nothing where every floor has one', () => {
  const at = (device: string, building: string, floor: number) => ({
    ...anomaly(device, 0),
    building,
    floor,
  });
  const found = episodes([at('a', 'A', 1), at('b', 'B', 2), at('c', 'B', 2)], NOW_MS);
  expect(mostAt(found)).toEqual({ building: 'B', floor: 2, count: 2 });
  expect(mostAt(found.slice(0, 1))).toBeUndefined();
});
