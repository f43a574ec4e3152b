import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';
import { createRegistry } from './prometheus.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.log('promtool is not installed: its check of /metrics is skipped');

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

test('every line of /metrics is a comment or a sample, and counters end in _total', async () => {
  const { fastify } = await buildTestApp();
  await fastify.inject({ method: 'POST', url: '/detect', payload: { device_id: 'a', sound: 40 } });
  const { body, headers } = await fastify.inject('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const sample = /^[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? (-?\d+(\.\d+)?(e[+-]\d+)?|NaN)$/;
  for (const line of body.trimEnd().split('\n'))
    expect(line).toMatch(/^#/.test(line) ? /^# / : sample);
  for (const [, name] of body.matchAll(/^# TYPE (\S+) counter$/gm)) expect(name).toMatch(/_total$/);
  expect(body).toContain(
    'iot_predictions_total{model="sensors",method="rules",is_anomaly="false"} 1',
  );
});

test.skipIf(!hasPromtool)('promtool finds nothing to complain of', async () => {
  const { fastify } = await buildTestApp();
  const { body } = await fastify.inject('/metrics');
  execFileSync('promtool', ['check', 'metrics'], { input: body });
});
