import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.log('promtool is not installed: its check of /metrics is skipped');

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

test('scores are counted as multiples of their threshold, anomalies by who found them', async () => {
  const { fastify } = await buildTestApp();
  for (const temperature of [21, 60]) {
    const payload = { device_id: 'a', temperature, vibration: 1 };
    await fastify.inject({ method: 'POST', url: '/detect', payload });
  }
  const { body } = await fastify.inject('/metrics');
  expect(body).toContain('iot_anomalies_total{found_by="rules"} 1\n');
  expect(body).toContain('iot_anomalies_total{found_by="both"} 0\n');
  expect(body).toContain('iot_prediction_score_bucket{le="1"} 1\n');
  expect(body).toContain('iot_prediction_score_count 2\n');
});
