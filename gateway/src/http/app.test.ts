import { createHash } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { type DeviceKey, parseDeviceKeys, parseMessage } from '@plumbline/contracts';
import { startPubSub } from '@plumbline/emulators';
import { pubSubTopic } from '@plumbline/simulator';
import { createRegistry } from '@plumbline/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { createForwarder } from '../forward/forward.ts';
import { addForwarderMetrics } from '../forward/metrics.ts';
import { buildApp } from './app.ts';

const NOW_MS = Date.parse('2026-11-20T09:00:00Z');
const reading = { device_id: 'dev-1', measured_at: '2026-11-20T08:59:00Z', metrics: { co2: 400 } };

/** A gateway in front of an emulated Pub/Sub, and what that has received. */
async function start(
  options: {
    keys?: readonly DeviceKey[];
    answerWithinMs?: number;
    readingsPerSecond?: number;
  } = {},
) {
  const emulator = await startPubSub({ port: 0 });
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  await pubsub.createTopic('readings');
  const forwarder = createForwarder(pubSubTopic(pubsub, 'readings'), {
    maxWaiting: 1_000,
    lingerMs: 1,
    random: () => 0.5,
  });
  const registry = createRegistry();
  addForwarderMetrics(registry, forwarder);
  let nowMs = NOW_MS;
  const app = buildApp({
    forwarder,
    keys: options.keys ?? [],
    readingsPerSecond: options.readingsPerSecond ?? 1_000,
    answerWithinMs: options.answerWithinMs ?? 5_000,
    registry,
    log: () => {},
    now: () => nowMs,
  });
  onTestFinished(async () => {
    await app.close();
    await forwarder.stop(0);
    await pubsub.close();
    await emulator.stop();
  });
  return {
    emulator,
    setNow: (ms: number) => {
      nowMs = ms;
    },
    async post(body: unknown, headers: Record<string, string> = {}) {
      const response = await app.inject({
        method: 'POST',
        url: '/v1/readings',
        headers: { 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: JSON.parse(response.body),
      };
    },
    text: async (url: string) => (await app.inject({ url })).body,
    received: () =>
      emulator
        .messages('projects/demo/topics/readings')
        .flatMap(({ data }) => parseMessage(data, NOW_MS).readings),
  };
}

test('a reading is answered with its id when Pub/Sub has it', async () => {
  const gateway = await start();
  const { status, body } = await gateway.post(reading);
  expect(status).toBe(200);
  const [received] = gateway.received();
  expect(received).toMatchObject({ deviceId: 'dev-1', metrics: { co2: 400 } });
  expect(body).toEqual({
    accepted: 1,
    refused: 0,
    items: [{ index: 0, status: 'accepted', reading_id: received?.readingId }],
  });
});

test('a batch of all forms is taken item by item, and a wrong one has a pointer', async () => {
  const gateway = await start();
  const { status, body } = await gateway.post([
    reading,
    { device_id: 'dev-2', timestamp: '2026-11-20T08:59:00Z', temperature: 20, vibration: 1 },
    { sensor_id: 'dev-3', sensor_type: 'sound', value: 40, timestamp: '2026-11-20T08:59:00Z' },
    { device_id: 'dev-4', measured_at: '2026-11-20T08:59:00Z', metrics: { temperature: 1e6 } },
    { ...reading, measured_at: '2026-11-21T08:59:00Z' },
    { ...reading, device_id: '' },
  ]);
  expect(status).toBe(207);
  expect(body).toMatchObject({ accepted: 3, refused: 3 });
  expect(body.items.slice(3)).toMatchObject([
    { index: 3, pointer: '/3/metrics/temperature', reason: 'implausible_value' },
    { index: 4, pointer: '/4/measured_at', reason: 'implausible_time' },
    { index: 5, pointer: '/5/device_id', reason: 'invalid_field' },
  ]);
  expect(
    gateway
      .received()
      .map(({ deviceId }) => deviceId)
      .sort(),
  ).toEqual(['dev-1', 'dev-2', 'dev-3']);
});

test('NDJSON is taken line by line', async () => {
  const gateway = await start();
  const lines = `${JSON.stringify(reading)}\n\n{"cut\n${JSON.stringify({ ...reading, device_id: 'dev-2' })}\n`;
  const { status, body } = await gateway.post(lines, { 'content-type': 'application/x-ndjson' });
  expect(status).toBe(207);
  expect(body.items).toMatchObject([
    { index: 0, status: 'accepted' },
    { index: 2, status: 'refused', pointer: '/2', reason: 'not_json' },
    { index: 3, status: 'accepted' },
  ]);
  expect(gateway.received()).toHaveLength(2);
});

test('a repeated request with its key gets the same answer and publishes nothing', async () => {
  const gateway = await start();
  const senml = { 'content-type': 'application/senml+json', 'idempotency-key': 'a1' };
  const pack = [{ n: 'dev-1', u: 'Cel', v: 20 }];
  const first = await gateway.post(pack, senml);
  gateway.setNow(NOW_MS + 5_000);
  const second = await gateway.post(pack, senml);
  expect(second.body).toEqual(first.body);
  expect(gateway.received()).toHaveLength(1);

  const other = await gateway.post([{ n: 'dev-1', u: 'Cel', v: 21 }], senml);
  expect(other).toMatchObject({ status: 422, body: { code: 'key_reused' } });
});

test('two gateways give a repeated reading one id, though its time is relative', async () => {
  const [one, two] = await Promise.all([start(), start()]);
  two.setNow(NOW_MS + 5_000);
  const senml = { 'content-type': 'application/senml+json', 'idempotency-key': 'a1' };
  const pack = [{ n: 'dev-1', u: 'Cel', v: 20 }];
  const [first, second] = [await one.post(pack, senml), await two.post(pack, senml)];
  expect(second.body.items[0].reading_id).toBe(first.body.items[0].reading_id);
});

test('a device key speaks for its own devices only', async () => {
  const sha256 = createHash('sha256').update('secret').digest('hex');
  const keys = parseDeviceKeys(JSON.stringify([{ name: 'lab', sha256, devices: ['lab-*'] }]));
  const gateway = await start({ keys });
  expect((await gateway.post(reading)).status).toBe(401);
  expect((await gateway.post(reading, { authorization: 'Bearer wrong' })).status).toBe(401);
  const own = { ...reading, device_id: 'lab-7' };
  const authorization = 'Bearer secret';
  expect(await gateway.post([reading, own], { authorization })).toMatchObject({
    status: 207,
    body: { items: [{ status: 'refused', pointer: '/0' }, { status: 'accepted' }] },
  });
  expect(gateway.received().map(({ deviceId }) => deviceId)).toEqual(['lab-7']);
});

test.each([
  ['no JSON', '{', {}, 400, 'not_json'],
  ['no UTF-8 JSON', '\u{1f600}', {}, 400, 'not_json'],
  ['another media type', 'x', { 'content-type': 'text/csv' }, 415, 'unsupported_media_type'],
  ['a compressed body', 'x', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
  ['a large body', ' '.repeat(1_000_001), {}, 413, 'too_large'],
  ['many items', `[${'1,'.repeat(500)}1]`, {}, 413, 'too_many_readings'],
  ['a bad idempotency key', '[]', { 'idempotency-key': ' ' }, 400, 'invalid_request'],
])('%s is refused as a whole', async (_, body, headers, status, code) => {
  const gateway = await start();
  expect(await gateway.post(body, headers as Record<string, string>)).toMatchObject({
    status,
    body: { code },
  });
});

test('while Pub/Sub is away, requests are told to come again, and nothing is lost after', async () => {
  const gateway = await start({ answerWithinMs: 300 });
  gateway.emulator.setFaults([
    { method: 'Publish', kind: 'status', status: 'UNAVAILABLE', times: 100 },
  ]);
  const away = await gateway.post(reading);
  expect(away).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(away.headers['retry-after']).toBe('1');
  gateway.emulator.setFaults([]);
  await expect.poll(async () => (await gateway.post(reading)).status).toBe(200);
  const ids = new Set(gateway.received().map(({ readingId }) => readingId));
  expect(ids.size).toBe(1);
});

test('who sends too much is told when to come again, and nobody else is', async () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const keys = parseDeviceKeys(
    JSON.stringify([
      { name: 'slow', sha256: sha256('s'), devices: ['*'], readings_per_second: 10 },
      { name: 'other', sha256: sha256('o'), devices: ['*'] },
    ]),
  );
  const gateway = await start({ keys });
  const batch = Array.from({ length: 400 }, (_, i) => ({ ...reading, metrics: { co2: 400 + i } }));
  const slow = { authorization: 'Bearer s' };
  expect((await gateway.post(batch, slow)).status).toBe(200);
  // A bucket of 500 has 100 left: 300 more take 30 s at 10 a second, and the one charged at the door.
  const refused = await gateway.post(batch, slow);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  const waitSeconds = Number(refused.headers['retry-after']);
  expect(waitSeconds).toBe(30);
  expect((await gateway.post(batch, { authorization: 'Bearer o' })).status).toBe(200);
  gateway.setNow(NOW_MS + 1_000 * (waitSeconds + 1));
  expect((await gateway.post(batch, slow)).status).toBe(200);
});

test('what happened to items is counted', async () => {
  const gateway = await start();
  await gateway.post([reading, { ...reading, metrics: { humidity: 200 } }]);
  const metrics = await gateway.text('/metrics');
  expect(metrics).toContain('iot_gateway_items_total{outcome="accepted"} 1');
  expect(metrics).toContain('iot_gateway_items_total{outcome="implausible_value"} 1');
  expect(metrics).toContain('iot_gateway_published_readings_total 1');
});
