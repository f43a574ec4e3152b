import { expect, test } from 'vitest';
import { promote, publishModel, startModelBucket, trainedModel } from '../../test/model-bucket.ts';
import { startServer } from '../../test/start-server.ts';

test('50 switches under load: nothing fails, no batch mixes versions, no model is downloaded twice', async () => {
  const { bucket, store } = await startModelBucket();
  const [one, other] = [trainedModel(1, 10), trainedModel(2, 10)];
  await publishModel(store, one);
  const server = await startServer(bucket);
  await publishModel(store, other);
  await server.model.refresh();
  // From here on a download would fail: both were loaded, so none is needed.
  for (const { reference } of [one, other]) {
    await bucket.file(`models/sensors/versions/${reference.version}/model.json`).delete();
  }
  let isOver = false;
  const seen = new Set<string | null>();
  const readings = Array.from({ length: 100 }, (_, i) => ({
    device_id: `m${i % 10}`,
    temperature: 21,
  }));
  const ask = async () => {
    while (!isOver) {
      const versions = new Set((await server.batch(readings)).map((said) => said.model_version));
      expect(versions.size).toBe(1);
      for (const version of versions) seen.add(version);
    }
  };
  const clients = [ask(), ask(), ask()];
  for (let i = 0; i < 50; i++) {
    await promote(store, (i % 2 === 0 ? one : other).reference);
    await server.model.refresh();
  }
  isOver = true;
  await Promise.all(clients);
  expect(seen).toEqual(new Set([one.reference.version, other.reference.version]));
  expect(server.model.loadCount()).toBe(52);
  expect(server.model.failureCounts()).toEqual(new Map());
});

test('while the bucket is away the model serves on, and the reason is told', async () => {
  const { bucket, store, emulator } = await startModelBucket();
  await publishModel(store, trainedModel(1));
  const server = await startServer(bucket);
  await emulator.stop();
  await server.model.refresh();
  expect(server.model.problem()).toMatchObject({ reason: 'unreachable' });
  const answer = await server.detect({ device_id: 'm1', temperature: 21 });
  expect(answer.model_version).toBe(trainedModel(1).reference.version);
});

test('a pointer that is no pointer is refused once, and the next good one is taken', async () => {
  const { bucket, store } = await startModelBucket();
  const [one, other] = [trainedModel(1), trainedModel(2)];
  await publishModel(store, one);
  const server = await startServer(bucket);
  const path = 'models/sensors/current.json';
  await bucket.file(path).save('{"schema":"model-pointer/1","version":"../../etc/passwd"}');
  await server.model.refresh();
  await server.model.refresh();
  expect(server.model.failureCounts()).toEqual(new Map([['pointer', 1]]));
  expect(server.model.current()?.version).toBe(one.reference.version);
  await bucket.file(path).delete();
  await publishModel(store, other);
  await server.model.refresh();
  expect(server.model.current()?.version).toBe(other.reference.version);
  expect(server.model.problem()).toBeNull();
});
