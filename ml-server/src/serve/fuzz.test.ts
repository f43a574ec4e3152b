import { METRIC_NAMES, METRICS } from '@plumbline/contracts';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { buildTestApp } from '../../test/build-test-app.ts';

const NOW_MS = Date.UTC(2026, 0, 5, 12);
let app: Awaited<ReturnType<typeof buildTestApp>>;

beforeAll(async () => {
  app = await buildTestApp({ now: () => NOW_MS });
});

const rightReading = fc.record(
  {
    device_id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,10}$/),
    timestamp: fc
      .date({ min: new Date(0), max: new Date(NOW_MS), noInvalidDate: true })
      .map((date) => date.toISOString()),
    temperature: fc.double({ min: -90, max: 300, noNaN: true }),
    co2: fc.integer({ min: 0, max: 50_000 }),
    place: fc.constantFrom({}, { floor: 1, type: 'office' }, { building: 'A', room: '101' }),
  },
  { requiredKeys: ['device_id', 'temperature'] },
);

/** What may stand in any field: nearly right, and nothing like it. */
const anything = fc.oneof(
  fc.double({ min: -100, max: 60_000, noNaN: true }),
  fc.constantFrom<unknown>(null, true, '21', [21], {}, '', 1e308, -0, 5e-324, { floor: 1.5 }),
  fc.constantFrom(
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00:00Z[Europe/Paris]',
    '9999-12-31T23:59:59Z',
  ),
  fc.jsonValue(),
);
const field = fc.constantFrom('device_id', 'timestamp', 'place', 'surplus', ...METRIC_NAMES);
const odd = fc.dictionary(field, anything, { maxKeys: 2 });

/** A right reading, most often with a field or two put wrong or left out. */
const reading = fc
  .tuple(rightReading, odd, fc.option(field))
  .map(([right, changes, left]): Record<string, unknown> => {
    const mixed: Record<string, unknown> = { ...right, ...changes };
    if (left !== null) delete mixed[left];
    return mixed;
  });

/** Written apart from the schema: what a reading is, in plain words. */
function isRight(input: Record<string, unknown>): boolean {
  const { device_id, timestamp: at, place, ...rest } = input;
  if (typeof device_id !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(device_id)) {
    return false;
  }
  if ('timestamp' in input) {
    if (
      typeof at !== 'string' ||
      !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(at)
    )
      return false;
    const atMs = Date.parse(at);
    if (!(atMs <= NOW_MS + 600_000)) return false;
    const day = Number(at.slice(8, 10));
    if (new Date(`${at.slice(0, 10)}T00:00:00Z`).getUTCDate() !== day || at.length > 40)
      return false;
  }
  if ('place' in input && !isPlace(place)) return false;
  const metrics = Object.entries(rest);
  if (metrics.length === 0) return false;
  return metrics.every(([name, value]) => {
    const metric = METRICS[name as keyof typeof METRICS];
    if (metric === undefined || typeof value !== 'number' || !Number.isFinite(value)) return false;
    return metric.min <= value && value <= metric.max;
  });
}

function isPlace(input: unknown): boolean {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  return Object.entries(input).every(([key, value]) => {
    if (key === 'floor') return Number.isInteger(value) && Math.abs(value as number) <= 1000;
    if (!['building', 'room', 'type'].includes(key)) return false;
    return typeof value === 'string' && 0 < value.length && value.length <= 64;
  });
}

test('a reading is answered when it is right, and refused with a pointer when it is not', async () => {
  let rightCount = 0;
  await fc.assert(
    fc.asyncProperty(reading, async (input) => {
      const payload = JSON.stringify(input);
      const answer = await app.fastify.inject({
        method: 'POST',
        url: '/detect',
        headers: { 'content-type': 'application/json' },
        payload,
      });
      // What the server reads, which JSON made of the input: -0 is 0.
      const isExpected = isRight(JSON.parse(payload));
      if (isExpected) rightCount++;
      expect([answer.statusCode, payload]).toEqual([isExpected ? 200 : 400, payload]);
      const body = answer.json();
      if (isExpected) {
        expect(Number.isFinite(body.score)).toBe(true);
        expect(body.is_anomaly).toBe(body.threshold <= body.score);
      } else {
        expect(body.code).toBe('invalid_request');
        expect(body.errors.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect(rightCount).toBeGreaterThan(200);
});

test('in a batch each reading gets what it would get alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(reading, { maxLength: 20 }), async (inputs) => {
      const payload = JSON.stringify({ readings: inputs });
      const answer = await app.fastify.inject({
        method: 'POST',
        url: '/detect/batch',
        headers: { 'content-type': 'application/json' },
        payload,
      });
      expect(answer.statusCode).toBe(200);
      const { results } = answer.json();
      const readings: Record<string, unknown>[] = JSON.parse(payload).readings;
      expect(results.map((result: object) => !('error' in result))).toEqual(readings.map(isRight));
    }),
    { numRuns: 200, seed: 2 },
  );
});

test('whatever bytes come, the answer is a problem below 500 and no bug is logged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/detect', '/detect/batch', '/detect/temperature', '/nowhere'),
      fc.constantFrom('application/json', 'text/plain', 'application/xml', ''),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
        fc
          .constantFrom('{"__proto__":{}}', '{"device_id":1e999}', '{', '', '[]', '"x"')
          .map((text) => Buffer.from(text)),
      ),
      async (url, type, payload) => {
        const answer = await app.fastify.inject({
          method: 'POST',
          url,
          headers: type === '' ? {} : { 'content-type': type },
          payload,
        });
        expect(answer.statusCode).toBeGreaterThanOrEqual(400);
        expect(answer.statusCode).toBeLessThan(500);
        expect(answer.headers['content-type']).toContain('application/problem+json');
      },
    ),
    { numRuns: 1_500, seed: 3 },
  );
  expect(app.logged.filter(({ severity }) => severity === 'ERROR')).toEqual([]);
});

test.each(['__proto__', 'constructor', 'prototype'])(
  'a field %s is refused like any other',
  async (key) => {
    const answer = await app.fastify.inject({
      method: 'POST',
      url: '/detect',
      headers: { 'content-type': 'application/json' },
      payload: `{"device_id":"a","temperature":21,"${key}":{"is_anomaly":true}}`,
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toMatchObject([{ pointer: `/${key}`, code: 'unknown_field' }]);
  },
);

test('nothing that a client sends reaches the logs', async () => {
  const canary = 'canary9f3';
  const bodies = [
    { device_id: canary, temperature: 21, place: { building: canary } },
    { device_id: `${canary} !`, temperature: canary, [canary]: canary, timestamp: canary },
  ];
  app.logged.length = 0;
  for (const body of bodies) {
    await app.fastify.inject({
      method: 'POST',
      url: `/detect?q=${canary}`,
      headers: { 'x-request-id': canary, 'user-agent': canary, traceparent: canary },
      payload: body,
    });
  }
  expect(app.logged).toHaveLength(2);
  expect(JSON.stringify(app.logged)).not.toContain(canary);
});
