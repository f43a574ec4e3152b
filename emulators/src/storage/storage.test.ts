import { once } from 'node:events';
import { request } from 'node:http';
import { type Bucket, type File, Storage } from '@google-cloud/storage';
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

describe('what a model store does', () => {
  test('a saved object is read back with its metadata, and deleted', async () => {
    const file = bucket.file('models/temperature/versions/1/model.json');
    await file.save('{"trees":[]}', {
      contentType: 'application/json',
      metadata: { metadata: { sha256: 'abc' } },
    });
    const [bytes] = await file.download();
    const [metadata] = await file.getMetadata();
    expect(bytes.toString()).toBe('{"trees":[]}');
    expect(metadata).toMatchObject({
      contentType: 'application/json',
      size: '12',
      metageneration: '1',
      metadata: { sha256: 'abc' },
    });
    await file.delete();
    expect(await file.exists()).toEqual([false]);
  });

  test('of two writers with the same ifGenerationMatch, one wins and one gets 412', async () => {
    const pointer = bucket.file('current.json');
    await pointer.save('1', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    const generation = Number((await pointer.getMetadata())[0].generation);
    const writes = await Promise.allSettled(
      ['2', '3'].map((version) =>
        pointer.save(version, {
          resumable: false,
          preconditionOpts: { ifGenerationMatch: generation },
        }),
      ),
    );
    const lost = writes.filter((write) => write.status === 'rejected');
    expect(lost).toMatchObject([{ reason: { code: 412 } }]);
    const [now] = await pointer.download();
    expect(['2', '3']).toContain(now.toString());
  });

  test('works by the standard variable, where the client leaves the path prefix out', async () => {
    process.env.STORAGE_EMULATOR_HOST = emulator.env.STORAGE_EMULATOR_HOST;
    onTestFinished(() => {
      delete process.env.STORAGE_EMULATOR_HOST;
    });
    const file = new Storage({ projectId: 'demo' }).bucket('models').file('a b/ü.txt');
    await file.save('simple', { resumable: false });
    await file.save('resumable', { resumable: true });
    expect((await file.download()).toString()).toBe('resumable');
    const [files] = await new Storage({ projectId: 'demo' }).bucket('models').getFiles();
    expect(files.map(({ name }) => name)).toEqual(['a b/ü.txt']);
  });
});

describe('buckets', () => {
  test('are listed by project, patched and deleted when empty', async () => {
    await storage.createBucket('archive', { location: 'eu', versioning: { enabled: true } });
    expect((await storage.getBuckets())[0].map(({ name }) => name)).toEqual(['archive', 'models']);
    await bucket.setLabels({ env: 'dev' });
    expect((await bucket.getMetadata())[0]).toMatchObject({
      labels: { env: 'dev' },
      metageneration: '2',
      location: 'US',
    });
    await bucket.file('x').save('x');
    await expect(bucket.delete()).rejects.toMatchObject({ code: 409 });
    await bucket.file('x').delete();
    await bucket.delete();
    expect(await bucket.exists()).toEqual([false]);
  });

  test('are refused with a bad name, a taken name, or a setting that would not be kept', async () => {
    await expect(storage.createBucket('Bad_Name')).rejects.toMatchObject({ code: 400 });
    await expect(storage.createBucket('models')).rejects.toMatchObject({ code: 409 });
    await expect(bucket.setRetentionPeriod(3600)).rejects.toThrow(
      'the bucket field retentionPolicy is not implemented by the emulator',
    );
    await expect(bucket.acl.get()).rejects.toThrow('storage.bucketAccessControls.list');
    await expect(storage.bucket('absent').file('x').save('x')).rejects.toMatchObject({ code: 404 });
  });
});

describe('policies', () => {
  test('a policy is kept, a stale one is refused, and everything is allowed', async () => {
    const [before] = await bucket.iam.getPolicy();
    expect(before.bindings).toEqual([]);
    const bindings = [{ role: 'roles/storage.objectViewer', members: ['user:a@example.com'] }];
    await bucket.iam.setPolicy({ ...before, bindings });
    const [after] = await bucket.iam.getPolicy();
    expect(after.bindings).toEqual(bindings);
    await expect(bucket.iam.setPolicy({ ...before, bindings: [] })).rejects.toMatchObject({
      code: 412,
    });
    const [allowed] = await bucket.iam.testPermissions('storage.objects.get');
    expect(allowed).toEqual({ 'storage.objects.get': true });
  });
});

describe('objects', () => {
  test('metadata is merged by a patch, and a null removes a key', async () => {
    const file = bucket.file('x');
    await file.save('x', { metadata: { cacheControl: 'no-store', metadata: { a: '1', b: '2' } } });
    await file.setMetadata({ metadata: { a: null, c: '3' }, contentLanguage: 'de' });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ cacheControl: 'no-store', contentLanguage: 'de' });
    expect(metadata.metadata).toEqual({ b: '2', c: '3' });
    expect(metadata.metageneration).toBe('2');
  });

  test('metageneration preconditions are checked too', async () => {
    const file = bucket.file('x');
    await file.save('x');
    await file.setMetadata({ contentType: 'text/plain' }, { ifMetagenerationMatch: 1 });
    const stale = file.setMetadata({ contentType: 'text/html' }, { ifMetagenerationMatch: 1 });
    await expect(stale).rejects.toMatchObject({ code: 412 });
  });

  test('ranges are read, and one past the end is refused', async () => {
    const file = bucket.file('digits');
    await file.save('0123456789');
    expect((await file.download({ start: 2, end: 4 })).toString()).toBe('234');
    expect((await file.download({ start: 8 })).toString()).toBe('89');
    expect((await file.download({ end: -3 })).toString()).toBe('789');
    await expect(file.download({ start: 10 })).rejects.toMatchObject({ code: 416 });
  });

  test('a compressed object is unpacked for who takes no gzip', async () => {
    const file = bucket.file('packed.txt');
    await file.save('hello '.repeat(100), { gzip: true });
    const response = await fetch(
      `http://${emulator.host}/storage/v1/b/models/o/packed.txt?alt=media`,
      {
        headers: { 'accept-encoding': 'identity' },
      },
    );
    expect(await response.text()).toBe('hello '.repeat(100));
    expect((await file.download()).toString()).toBe('hello '.repeat(100));
  });

  test('a copy takes bytes and metadata along, a move removes the source', async () => {
    const source = bucket.file('a');
    await source.save('payload', { metadata: { metadata: { k: 'v' } } });
    await source.copy(bucket.file('b'));
    await source.moveFileAtomic(bucket.file('c'));
    expect((await bucket.getFiles())[0].map(({ name }) => name)).toEqual(['b', 'c']);
    expect((await bucket.file('b').getMetadata())[0].metadata).toEqual({ k: 'v' });
    expect((await bucket.file('c').download()).toString()).toBe('payload');
  });

  test('compose joins objects; the result has a component count and no md5', async () => {
    for (const part of ['one ', 'two ', 'three']) await bucket.file(part).save(part);
    await bucket.combine(['one ', 'two ', 'three'], bucket.file('all'));
    const [metadata] = await bucket.file('all').getMetadata();
    expect((await bucket.file('all').download()).toString()).toBe('one two three');
    expect(metadata).toMatchObject({ componentCount: 3 });
    expect(metadata.md5Hash).toBeUndefined();
  });

  test('an object has the storage class of its bucket unless it is given another', async () => {
    await bucket.setMetadata({ storageClass: 'NEARLINE' });
    await bucket.file('usual').save('1');
    await bucket.file('special').save('2', { metadata: { storageClass: 'COLDLINE' } });
    expect(emulator.objects('models')).toMatchObject([
      { name: 'special', storageClass: 'COLDLINE' },
      { name: 'usual', storageClass: 'NEARLINE' },
    ]);
  });

  test('a hash that does not match the bytes is refused and nothing is kept', async () => {
    const file = bucket.file('x');
    const upload = file.save('x', { resumable: false, metadata: { crc32c: 'AAAAAA==' } });
    await expect(upload).rejects.toMatchObject({ code: 400 });
    expect(await file.exists()).toEqual([false]);
  });

  test('odd names keep their spelling and order by their bytes', async () => {
    const names = ['a', 'a/', 'a/b%2Fc', 'ä ö', '\uffee', '\u{1f600}'];
    for (const name of [...names].reverse()) await bucket.file(name).save(name);
    expect((await bucket.getFiles())[0].map(({ name }) => name)).toEqual(names);
    expect((await bucket.file('a/b%2Fc').download()).toString()).toBe('a/b%2Fc');
    await expect(bucket.file('..').save('x')).rejects.toMatchObject({ code: 400 });
  });
});

describe('versions', () => {
  test('overwriting and deleting keeps the older ones, which can be read and removed', async () => {
    await bucket.setMetadata({ versioning: { enabled: true } });
    const file = bucket.file('x');
    for (const content of ['first', 'second']) await file.save(content);
    await file.delete();
    expect((await bucket.getFiles())[0]).toEqual([]);
    const [versions] = await bucket.getFiles({ versions: true });
    expect(versions).toHaveLength(2);
    const [first] = versions as [File];
    expect(first.metadata.timeDeleted).toBeDefined();
    const old = bucket.file('x', { generation: String(first.metadata.generation) });
    expect((await old.download()).toString()).toBe('first');
    await old.delete();
    expect((await bucket.getFiles({ versions: true }))[0]).toHaveLength(1);
  });

  test('generations rise even when the clock stands still or goes back', async () => {
    let nowMs = 1_000_000;
    const still = await startStorage({ now: () => nowMs });
    onTestFinished(() => still.stop());
    const client = new Storage({ apiEndpoint: `http://${still.host}`, projectId: 'demo' });
    const [own] = await client.createBucket('own');
    await own.file('x').save('1');
    const before = Number((await own.file('x').getMetadata())[0].generation);
    nowMs = 0;
    await own.file('x').save('2');
    expect(Number((await own.file('x').getMetadata())[0].generation)).toBeGreaterThan(before);
  });
});

describe('resumable uploads', () => {
  test('many chunks of known and unknown length become one object', async () => {
    const bytes = Buffer.alloc(1_000_000, 'abcdefg');
    const file = bucket.file('chunks');
    const stream = file.createWriteStream({ chunkSize: 256 * 1024, resumable: true });
    stream.end(bytes);
    await once(stream, 'finish');
    expect((await file.download())[0].equals(bytes)).toBe(true);

    await bucket.file('streamed').save(bytes, { resumable: true });
    expect((await bucket.file('streamed').download())[0].equals(bytes)).toBe(true);
    await bucket.file('empty').save('', { resumable: true, chunkSize: 256 * 1024 });
    expect((await bucket.file('empty').download())[0]).toHaveLength(0);
  });

  test('an upload that was cut goes on from what Range says', async () => {
    const [uri] = await bucket.file('cut').createResumableUpload();
    const bytes = Buffer.alloc(700_000, 'x');
    const put = (body: Buffer, range: string) =>
      fetch(uri, { method: 'PUT', body, headers: { 'content-range': range } });
    // 300 000 is no multiple of 256 KiB: the rest is dropped.
    const first = await put(bytes.subarray(0, 300_000), 'bytes 0-299999/*');
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    const question = await put(Buffer.alloc(0), 'bytes */*');
    expect([question.status, question.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    expect((await put(bytes.subarray(500_000), 'bytes 500000-699999/700000')).status).toBe(400);
    // An overlap with what is already here is skipped.
    const last = await put(bytes.subarray(200_000), 'bytes 200000-699999/700000');
    expect(last.status).toBe(200);
    expect((await bucket.file('cut').download())[0].equals(bytes)).toBe(true);
    expect((await put(Buffer.alloc(0), 'bytes */700000')).status).toBe(200);
  });

  test('of a chunk that a broken connection cut short, whole 256 KiB are kept', async () => {
    const [uri] = await bucket.file('broken').createResumableUpload();
    const bytes = Buffer.alloc(700_000, 'y');
    const broken = request(uri, {
      method: 'PUT',
      headers: { 'content-range': 'bytes 0-699999/700000', 'content-length': '700000' },
    });
    broken.on('error', () => {});
    await new Promise((resolve) => broken.write(bytes.subarray(0, 600_000), resolve));
    const closed = new Promise((resolve) => broken.once('close', resolve));
    broken.destroy();
    await closed;
    await emulator.settled();
    const put = (body: Buffer, range: string) =>
      fetch(uri, { method: 'PUT', body, headers: { 'content-range': range } });
    const kept = Number(
      (await put(Buffer.alloc(0), 'bytes */*')).headers.get('range')?.split('-')[1] ?? -1,
    );
    expect((kept + 1) % 262_144).toBe(0);
    const rest = await put(bytes.subarray(kept + 1), `bytes ${kept + 1}-699999/700000`);
    expect(rest.status).toBe(200);
    expect((await bucket.file('broken').download())[0].equals(bytes)).toBe(true);
  });

  test('a cancelled session answers 499 and is gone', async () => {
    const [uri] = await bucket.file('x').createResumableUpload();
    expect((await fetch(uri, { method: 'DELETE' })).status).toBe(499);
    expect((await fetch(uri, { method: 'PUT', body: 'x' })).status).toBe(404);
  });
});

describe('listing', () => {
  beforeEach(async () => {
    for (const name of ['a/1', 'a/2', 'b', 'c/x/1', 'c/y']) await bucket.file(name).save(name);
  });

  test('folders are told once each, at any page size', async () => {
    for (const maxResults of [1, 2, 3, 10]) {
      const names: string[] = [];
      const prefixes: string[] = [];
      let query: object | null = { delimiter: '/', maxResults, autoPaginate: false };
      while (query) {
        const [files, next, response] = (await bucket.getFiles(query)) as unknown as [
          File[],
          object | null,
          { prefixes?: string[] },
        ];
        names.push(...files.map(({ name }) => name));
        prefixes.push(...(response.prefixes ?? []));
        query = next;
      }
      expect({ maxResults, names, prefixes }).toEqual({
        maxResults,
        names: ['b'],
        prefixes: ['a/', 'c/'],
      });
    }
  });

  test('prefix and offsets narrow the list', async () => {
    const list = async (query: object) => (await bucket.getFiles(query))[0].map(({ name }) => name);
    expect(await list({ prefix: 'c/' })).toEqual(['c/x/1', 'c/y']);
    expect(await list({ startOffset: 'a/2', endOffset: 'c/y' })).toEqual(['a/2', 'b', 'c/x/1']);
    expect(await list({ prefix: 'c/', delimiter: '/' })).toEqual(['c/y']);
    await expect(bucket.getFiles({ matchGlob: '**' })).rejects.toThrow('matchGlob');
  });
});

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
