import { expect, test } from 'vitest';
import { findings } from './findings.ts';
import type { BuildingStepRow, StatisticRow } from './rows.ts';

const place = (change: Partial<StatisticRow>): StatisticRow => ({
  building: 'A',
  floor: 1,
  place_type: 'server_room',
  metric: 'temperature',
  reading_count: 100,
  mean: 21,
  deviation: 0.5,
  min: 19,
  max: 24,
  rule_anomaly_share: 0,
  ...change,
});
const nothing = { correlations: [], statistics: [], buildings: [] };

test('where nothing stands out nothing is said', () => {
  expect(findings(nothing)).toEqual([]);
  expect(findings({ ...nothing, statistics: [place({}), place({ floor: 2 })] })).toEqual([]);
});

test('the place that breaks its limits most is named with its share and its extremes', () => {
  const statistics = [place({ rule_anomaly_share: 0.042, max: 41.5 }), place({ floor: 2 })];
  expect(findings({ ...nothing, statistics })[0]?.text).toBe(
    'Temperature is outside its limits in 4.2\u00a0% of the values of building A, floor 1, server room, which go from 19.0 to 41.5\u00a0°C.',
  );
});

test('a building that warmed is told from its first half to its second', () => {
  const buildings: BuildingStepRow[] = [20, 20, 20, 23, 23, 23].map((mean, index) => ({
    building: 'B',
    metric: 'temperature',
    start_at: index,
    mean,
  }));
  expect(findings({ ...nothing, buildings })).toEqual([
    {
      text: 'Temperature in building B rose from 20.0\u00a0°C in the first half of the range to 23.0\u00a0°C in the second.',
      from: 'building-series',
    },
  ]);
});

test('only strong correlations are told', () => {
  const correlations = [
    { metric: 'co2', other: 'occupancy', correlation: 0.9 },
    { metric: 'light', other: 'sound', correlation: -0.2 },
  ] as const;
  expect(findings({ ...nothing, correlations }).map(({ text }) => text)).toEqual([
    'CO₂ and occupancy move together (r = 0.90).',
  ]);
});
