import { type Bucket, Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type StorageEmulator, startStorage } from './index.ts';

let emulator: StorageEmulator;
let storage: Storage;
let bucket: Bucket;

beforeEach(async () => {
  emulator = await startStorage();
  storage = new Storage({ apiEndpoint: `http://${emulator.host}`, projectId: 'demo' });
  [bucket] = await storage.createBucket('models');
});
afterEach(() => emulator.stop());

describe('at the door', () => {
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`http://${emulator.host}${path}`, init);

  test('errors have the shape of Google', async () => {
    const response = await get('/storage/v1/b/models/o/absent');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        code: 404,
        message: 'No such object: models/absent',
        errors: [
          { message: 'No such object: models/absent', domain: 'global', reason: 'notFound' },
        ],
      },
    });
  });

  test('a read that changed nothing is 304', async () => {
    const file = bucket.file('x');
    await file.save('x');
    const { generation } = (await file.getMetadata())[0];
    const path = `/storage/v1/b/models/o/x?ifGenerationNotMatch=${generation}`;
    expect((await get(path)).status).toBe(304);
  });

  test('a web page gets nothing', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await get('/storage/v1/b?project=demo', { headers })).status).toBe(403);
  });

  test('bad paths, bodies and numbers are 4xx with a reason, and too large a body is 413', async () => {
    expect((await get('/storage/v1/b/%E0%A4%A')).status).toBe(400);
    expect((await get('/storage/v1/nothing')).status).toBe(404);
    expect((await get('/models/x')).status).toBe(501);
    expect((await get('/storage/v1/b/models/o/x?generation=abc')).status).toBe(400);
    expect((await get('/storage/v1/b/models/o?maxResults=0')).status).toBe(400);
    expect((await get('/storage/v1/b?project=p', { method: 'POST', body: '{' })).status).toBe(400);
    const small = await startStorage({ maxObjectBytes: 1000 });
    onTestFinished(() => small.stop());
    const url = `http://${small.host}/storage/v1/b?project=p`;
    await fetch(url, { method: 'POST', body: '{"name":"tiny"}' });
    const upload = `http://${small.host}/upload/storage/v1/b/tiny/o?uploadType=media&name=x`;
    const large = await fetch(upload, { method: 'POST', body: Buffer.alloc(1001) });
    expect(large.status).toBe(413);
    expect(small.objects('tiny')).toEqual([]);
  });
});

describe('faults on request', () => {
  test('a refused or cut upload is repeated by the client, and the bytes are there', async () => {
    for (const kind of ['status', 'cut-before', 'cut-after'] as const) {
      emulator.setFaults([{ method: 'storage.objects.insert', kind, times: 1 }]);
      const file = bucket.file(kind);
      // The client repeats only what is safe to repeat.
      const save = file.save(kind, {
        resumable: false,
        preconditionOpts: { ifGenerationMatch: 0 },
      });
      // After a cut that came too late, the repetition finds its own work and fails its precondition.
      if (kind === 'cut-after') await expect(save).rejects.toMatchObject({ code: 412 });
      else await save;
      expect((await file.download()).toString()).toBe(kind);
    }
  });

  test('the client goes on with a resumable upload whose chunks are cut before and after', async () => {
    const dice = [0.9, 0.1, 0.9, 0.9, 0.1];
    let rolls = 0;
    const random = () => dice[rolls++ % dice.length] as number;
    const unlucky = await startStorage({ random });
    onTestFinished(() => unlucky.stop());
    const client = new Storage({ apiEndpoint: `http://${unlucky.host}`, projectId: 'demo' });
    const [shelf] = await client.createBucket('shelf');
    const method = 'storage.objects.insert';
    unlucky.setFaults([
      { method, kind: 'cut-after', rate: 0.5, times: 2 },
      { method, kind: 'cut-before', rate: 0.5, times: 2 },
    ]);
    const bytes = Buffer.alloc(1_000_000, 'abcdefg');
    await shelf.file('x').save(bytes, {
      resumable: true,
      chunkSize: 256 * 1024,
      // The client repeats the start of a session only where it cannot overwrite what others wrote.
      preconditionOpts: { ifGenerationMatch: 0 },
    });
    expect((await unlucky.read('shelf', 'x')).equals(bytes)).toBe(true);
    expect(unlucky.faultCounts()).toEqual({
      [`${method} cut-after`]: 2,
      [`${method} cut-before`]: 2,
    });
  }, 60_000);

  test('a call that is asked to be slow is slow', async () => {
    emulator.setFaults([{ method: 'storage.buckets.get', kind: 'latency', latencyMs: 200 }]);
    const startMs = performance.now();
    await bucket.getMetadata();
    expect(performance.now() - startMs).toBeGreaterThan(195);
    emulator.setFaults([]);
  });

  test('by rate, with dice of the caller', async () => {
    const dice = [0.05, 0.5, 0.05];
    const unlucky = await startStorage({ random: () => dice.shift() ?? 1 });
    onTestFinished(() => unlucky.stop());
    unlucky.setFaults([{ method: 'storage.buckets.list', kind: 'status', rate: 0.1 }]);
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      statuses.push((await fetch(`http://${unlucky.host}/storage/v1/b?project=demo`)).status);
    }
    expect(statuses).toEqual([503, 200, 503, 200]);
    expect(() => unlucky.setFaults([{ method: 'x', kind: 'status' }])).toThrow(
      'fault method "x" is not one of storage.buckets.insert',
    );
    const method = 'storage.buckets.list';
    expect(() => unlucky.setFaults([{ method, kind: 'status', status: 404 }])).toThrow('404');
  });
});

test('a bucket with a notification tells its topic of what happened to its objects', async () => {
  const sent: { topic: string; attributes: Readonly<Record<string, string>>; name: string }[] = [];
  const telling = await startStorage({
    publish: async (topic, { data, attributes }) => {
      sent.push({ topic, attributes, name: JSON.parse(data.toString()).name });
    },
  });
  onTestFinished(() => telling.stop());
  const client = new Storage({ apiEndpoint: `http://${telling.host}`, projectId: 'demo' });
  const [own] = await client.createBucket('own');
  await own.createNotification('projects/demo/topics/changes', { objectNamePrefix: 'models/' });
  await own.file('other').save('x');
  await own.file('models/1').save('x');
  await own.file('models/1').delete();
  await telling.settled();
  expect(sent).toMatchObject([
    {
      topic: 'projects/demo/topics/changes',
      name: 'models/1',
      attributes: { eventType: 'OBJECT_FINALIZE', bucketId: 'own', payloadFormat: 'JSON_API_V1' },
    },
    { attributes: { eventType: 'OBJECT_DELETE', objectId: 'models/1' } },
  ]);
});
