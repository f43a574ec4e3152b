import { type Bucket, type File, Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type StorageEmulator, startStorage } from './index.ts';

let emulator: StorageEmulator;
let bucket: Bucket;

beforeEach(async () => {
  emulator = await startStorage();
  const storage = new Storage({ apiEndpoint: `http://${emulator.host}`, projectId: 'demo' });
  [bucket] = await storage.createBucket('models');
});
afterEach(() => emulator.stop());

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
