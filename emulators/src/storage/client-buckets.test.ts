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
