import { RULE_LIMITS } from '@plumbline/contracts';
import { describe, expect, test } from 'vitest';
import { promote, publishModel, startModelBucket, trainedModel } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';

const READING = {
  device_id: 'sensor_001',
  timestamp: '2025-08-06T10:00:00Z',
  temperature: 25.5,
  vibration: 1.2,
};

test('a hundred clients at once each get what is said of their own reading', async () => {
  const { bucket } = await startModelBucket();
  const server = await startServer(bucket, { DETECTORS: 'forest' });
  const asked = Array.from({ length: 100 }, (_, i) => ({
    ...READING,
    device_id: `sensor_${i}`,
    temperature: i % 2 === 0 ? 25.5 : 35 + i / 100,
  }));
  const answers = await Promise.all(asked.map((reading) => server.detect(reading)));
  for (const [i, answer] of answers.entries()) {
    expect(answer).toMatchObject({ ...asked[i], is_anomaly: i % 2 === 1 });
  }
});

describe('before any model exists', () => {
  test('rules answer, in the fields that clients of the older server know', async () => {
    const { bucket } = await startModelBucket();
    const server = await startServer(bucket);
    const ordinary = await server.detect(READING);
    expect(ordinary).toMatchObject({
      ...READING,
      is_temp_anomaly: false,
      is_vibration_anomaly: false,
      is_anomaly: false,
      model_version: null,
    });
    const hot = await server.detect({ ...READING, device_id: 'sensor_002', temperature: 35 });
    expect(hot).toMatchObject({
      is_temp_anomaly: true,
      is_vibration_anomaly: false,
      is_anomaly: true,
      is_alert: true,
      anomaly_types: ['overheating'],
      explanation: expect.stringContaining('35'),
    });
    expect(hot.temp_anomaly_score).toBeGreaterThan(hot.vibration_anomaly_score);
  });

  test('it is ready, and says who answers', async () => {
    const { bucket } = await startModelBucket();
    const server = await startServer(bucket);
    const answer = await server.get('/ready');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ready',
      detectors: ['rule', 'streaming'],
      model_version: null,
    });
  });

  test.each(RULE_LIMITS.filter(({ placeType }) => placeType === undefined))(
    'a $metric beyond the limits that SQL counts by is an anomaly, one on them is not',
    async ({ metric, low, high }) => {
      const { bucket } = await startModelBucket();
      const server = await startServer(bucket);
      const judge = async (value: number) => {
        const reading = { device_id: `d${value}`, [metric]: value };
        return (await server.detect(reading)).is_anomaly;
      };
      if (high !== undefined) {
        expect(await judge(high)).toBe(false);
        expect(await judge(high + 0.01)).toBe(true);
      }
      if (low !== undefined) {
        expect(await judge(low)).toBe(false);
        expect(await judge(low - 0.01)).toBe(true);
      }
    },
  );
});

describe('with a model', () => {
  test('an answer names the version and says what was expected', async () => {
    const { bucket, store } = await startModelBucket();
    const model = trainedModel(1);
    await publishModel(store, model);
    const server = await startServer(bucket);
    const answer = await server.detect({ ...READING, vibration: 3.4 });
    expect(answer.model_version).toBe(model.reference.version);
    expect(answer.is_vibration_anomaly).toBe(true);
    const vibration = answer.metrics.find((one) => one.metric === 'vibration');
    expect(vibration?.expected).toBeCloseTo(1.2, 1);
    expect(answer.detectors.map((one) => one.detector)).toEqual(
      expect.arrayContaining(['rule', 'forest']),
    );
  });

  test('a new version is taken up without a restart', async () => {
    const { bucket, store } = await startModelBucket();
    const server = await startServer(bucket);
    const versionOf = async () => (await server.detect(READING)).model_version;
    expect(await versionOf()).toBeNull();
    for (const seed of [1, 2]) {
      const model = trainedModel(seed);
      await publishModel(store, model);
      await server.model.refresh();
      expect(await versionOf()).toBe(model.reference.version);
    }
    expect(await (await server.get('/models')).json()).toMatchObject({
      name: 'sensors',
      current: { version: trainedModel(2).reference.version },
      problem: null,
    });
  });

  test('a version that is not what its pointer says is refused, and the old one serves on', async () => {
    const { bucket, store } = await startModelBucket();
    const good = trainedModel(1);
    await publishModel(store, good);
    const server = await startServer(bucket);
    const bad = trainedModel(2);
    await store.writeFile(bad.reference.version, 'model.json', good.bytes);
    await promote(store, { ...bad.reference, size_bytes: good.bytes.length });
    await server.model.refresh();
    const answer = await server.detect(READING);
    expect(answer.model_version).toBe(good.reference.version);
    expect(await (await server.get('/models')).json()).toMatchObject({
      problem: { reason: 'checksum' },
    });
    expect(await (await server.get('/metrics')).text()).toContain(
      'iot_model_reload_failures_total{reason="checksum"} 1',
    );
  });

  test('going back to the version before needs no second download', async () => {
    const { bucket, store, emulator } = await startModelBucket();
    const [first, second] = [trainedModel(1), trainedModel(2)];
    await publishModel(store, first);
    const server = await startServer(bucket);
    await publishModel(store, second);
    await server.model.refresh();
    await promote(store, first.reference);
    const path = `models/sensors/versions/${first.reference.version}/model.json`;
    await bucket.file(path).delete();
    await server.model.refresh();
    expect(emulator.objects('test-models').map(({ name }) => name)).not.toContain(path);
    expect(server.model.current()?.version).toBe(first.reference.version);
  });
});

describe('the memory of devices', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 9, minute)).toISOString();
  const rise = (minute: number, temperature: number) => ({
    device_id: 'm1',
    timestamp: at(minute),
    temperature,
  });

  test('one fault gives one alert, and asking again gives that alert again', async () => {
    const { bucket } = await startModelBucket();
    const server = await startServer(bucket);
    const readings = [rise(0, 22), rise(1, 40), rise(2, 41), rise(3, 42)];
    const alertsOf = async () => {
      return (await server.batch(readings)).map((one) => one.is_alert);
    };
    expect(await alertsOf()).toEqual([false, true, false, false]);
    expect(await alertsOf()).toEqual([false, true, false, false]);
  });

  test('a redelivered reading does not change what is said of the next', async () => {
    const { bucket, store } = await startModelBucket();
    await publishModel(store, trainedModel(1));
    const [once, twice] = [await startServer(bucket), await startServer(bucket)];
    const readings = Array.from({ length: 12 }, (_, i) => rise(i, 22 + (i % 3) / 10));
    await once.post('/detect/batch', { readings });
    await twice.post('/detect/batch', { readings: [...readings, ...readings] });
    await twice.post('/detect', readings[3]);
    const last = rise(12, 24);
    expect(await twice.detect(last)).toEqual(await once.detect(last));
  });

  test('is bounded: the device seen least recently is forgotten', async () => {
    const { bucket } = await startModelBucket();
    const server = await startServer(bucket, { MAX_DEVICES: '2' });
    const see = (device_id: string) => server.post('/detect', { device_id, temperature: 21 });
    for (const device of ['a', 'b', 'a', 'c']) await see(device);
    const metrics = await (await server.get('/metrics')).text();
    expect(metrics).toContain('iot_devices_remembered 2');
    expect(metrics).toContain('iot_devices_evicted_total 1');
  });
});
