import { METRIC_NAMES, METRICS } from '@plumbline/contracts/metrics';
import { expect, test } from 'vitest';
import { PRESETS, SLIDERS } from './predict.ts';

test.each(METRIC_NAMES)('%s has a slider within what is plausible, and a preset', (metric) => {
  const { min, max } = METRICS[metric];
  const slider = SLIDERS[metric];
  expect(slider.min).toBeGreaterThanOrEqual(min);
  expect(slider.max).toBeLessThanOrEqual(max);
  const values = Object.values(PRESETS).flatMap((preset) => preset[metric] ?? []);
  expect(values.length).toBeGreaterThan(0);
  for (const value of values) {
    expect(value).toBeGreaterThanOrEqual(slider.min);
    expect(value).toBeLessThanOrEqual(slider.max);
  }
});
