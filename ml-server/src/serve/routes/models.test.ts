import { expect, test } from 'vitest';
import {
  ordinaryDays,
  publishModel,
  startModelBucket,
  trainedModel,
} from '../../../test/model-bucket.ts';
import { startServer } from '../../../test/start-server.ts';

test('the history names the stored versions, newest first, and who plays which role', async () => {
  const { bucket, store } = await startModelBucket();
  const models = [trainedModel(1), trainedModel(2)];
  for (const model of models) await publishModel(store, model);
  const server = await startServer(bucket);
  expect(await (await server.get('/api/history')).json()).toEqual({
    name: 'sensors',
    versions: [
      { version: models[1]?.reference.version, roles: ['current'] },
      { version: models[0]?.reference.version, roles: ['previous'] },
    ],
  });
});

test('without the bucket the history is a 503 that says so, and readings are judged on', async () => {
  const { bucket, emulator } = await startModelBucket();
  const server = await startServer(bucket);
  await emulator.stop();
  const answer = await server.get('/api/history');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'bucket_unreachable' });
  expect((await server.detect({ device_id: 'a', temperature: 40 })).is_anomaly).toBe(true);
});

test('the card of a version is read by its name or its role, once', async () => {
  const { bucket, store, emulator } = await startModelBucket();
  const model = trainedModel(1);
  const { version } = model.reference;
  await store.writeFile(version, 'card.md', Buffer.from('# Model sensors\n'));
  await publishModel(store, model);
  const server = await startServer(bucket);
  for (const asked of [version, 'current']) {
    const answer = await server.get(`/models/${asked}/card`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await answer.text()).toBe('# Model sensors\n');
  }
  for (const asked of ['challenger', '20200101T000000Z-00000000', '..%2f..%2fcurrent.json']) {
    const answer = await server.get(`/models/${asked}/card`);
    expect([asked, answer.status]).toEqual([asked, 404]);
    expect(await answer.json()).toMatchObject({ code: 'not_found' });
  }
  await emulator.stop();
  expect((await server.get(`/models/${version}/card`)).status).toBe(200);
});

test('the status counts what was judged', async () => {
  const { bucket } = await startModelBucket();
  const server = await startServer(bucket);
  await server.detect({ device_id: 'a', temperature: 40 });
  await server.detect({ device_id: 'b', temperature: 21 });
  expect(await (await server.get('/api/status')).json()).toMatchObject({
    model_version: null,
    judged_count: 2,
    anomaly_count: 1,
    device_count: 2,
    requests_in_flight: 1,
  });
});

test('readings like those of training have not drifted, others have', async () => {
  const { bucket, store } = await startModelBucket();
  // Two whole days, so that every hour has its share.
  await publishModel(store, trainedModel(1, 20, ordinaryDays(1, 4, 576)));
  const same = await startServer(bucket);
  const moved = await startServer(bucket);
  // Another seed: the same machines on other days.
  const [{ points }] = ordinaryDays(2, 1, 576) as [
    { points: { atMs: number; metrics: Record<string, number> }[] },
  ];
  const readings = points.map(({ atMs, metrics: { temperature } }) => ({
    device_id: 'm1',
    timestamp: new Date(atMs).toISOString(),
    temperature: temperature as number,
  }));
  await same.batch(readings);
  await moved.batch(readings.map((one) => ({ ...one, temperature: one.temperature + 3 })));
  const indexOf = async (server: typeof same) => {
    const { drift } = (await (await server.get('/models')).json()) as {
      drift: { metric: string; feature: string; index: number }[];
    };
    return drift.find(({ metric, feature }) => metric === 'temperature' && feature === 'value')
      ?.index;
  };
  expect(await indexOf(same)).toBeLessThan(0.1);
  expect(await indexOf(moved)).toBeGreaterThan(0.25);
});
