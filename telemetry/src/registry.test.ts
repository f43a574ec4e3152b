import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { addProcessMetrics } from './process-metrics.ts';
import { createRegistry } from './registry.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.log('promtool is not installed: its check of the text is skipped');

test('a histogram counts a value in every bucket that reaches it', () => {
  const registry = createRegistry();
  const seconds = registry.histogram('s', 'Seconds', [0.1, 1], ['route']);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value, '/detect');
  // The text format, https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries
  expect(registry.text()).toBe(
    [
      '# HELP s Seconds',
      '# TYPE s histogram',
      's_bucket{route="/detect",le="0.1"} 2',
      's_bucket{route="/detect",le="1"} 3',
      's_bucket{route="/detect",le="+Inf"} 4',
      's_sum{route="/detect"} 7.65',
      's_count{route="/detect"} 4',
      '',
    ].join('\n'),
  );
});

test('labels are escaped', () => {
  const registry = createRegistry();
  registry.counter('c', 'Count', ['text']).add(1, 'a"b\\c\nd');
  expect(registry.text()).toContain('c{text="a\\"b\\\\c\\nd"} 1');
});

test('a counter without labels is there before it counts, so that its first increase is seen', () => {
  const registry = createRegistry();
  registry.counter('c_total', 'Count');
  expect(registry.text()).toContain('\nc_total 0\n');
});

test.skipIf(!hasPromtool)('promtool finds nothing to complain of', () => {
  const registry = createRegistry();
  addProcessMetrics(registry);
  registry.counter('iot_refused_total', 'Refused', ['reason']).add(2, 'a "quoted" reason');
  registry.histogram('iot_wait_seconds', 'Wait', [0.1, 1]).observe(0.3);
  execFileSync('promtool', ['check', 'metrics'], { input: registry.text() });
});
