import { expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';
import { logTo, traceOf } from './request-log.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

test('a request leaves one line in the form of Cloud Logging, with its trace and outcome; what a client got wrong warns nobody', async () => {
  const { fastify, logged } = await buildTestApp();
  await fastify.inject({
    method: 'POST',
    url: '/detect?x=1',
    headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    payload: { device_id: 'a', temperature: 'hot' },
  });
  await fastify.inject('/health');
  expect(logged).toEqual([
    {
      severity: 'INFO',
      message: 'POST /detect 400',
      httpRequest: {
        requestMethod: 'POST',
        requestUrl: '/detect',
        status: 400,
        latency: expect.stringMatching(/^\d+\.\d{6}s$/),
      },
      request_id: expect.any(String),
      'logging.googleapis.com/trace': `projects/test/traces/${TRACE}`,
      'logging.googleapis.com/spanId': '00f067aa0ba902b7',
    },
  ]);
});

test.each([
  [{}, undefined],
  [{ traceparent: 'nonsense' }, undefined],
  [{ 'x-cloud-trace-context': `${TRACE}/123;o=1` }, `projects/p/traces/${TRACE}`],
])('the trace of %j is %s', (headers, trace) => {
  expect(traceOf(headers, 'p')?.['logging.googleapis.com/trace']).toBe(trace);
});

test('lines are written whole and in groups, each a JSON object with its time', () => {
  let written = '';
  const { log, flush } = logTo(
    (text) => {
      written += text;
    },
    () => Date.UTC(2026, 0, 5),
  );
  log({ severity: 'INFO', message: 'one\ntwo' });
  log({ severity: 'ERROR', message: 'three' });
  expect(written).toBe('');
  flush();
  expect(
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { time: '2026-01-05T00:00:00.000Z', severity: 'INFO', message: 'one\ntwo' },
    { time: '2026-01-05T00:00:00.000Z', severity: 'ERROR', message: 'three' },
  ]);
});
