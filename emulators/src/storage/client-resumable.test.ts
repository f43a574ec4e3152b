import { once } from 'node:events';
import { request } from 'node:http';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type StorageEmulator, startStorage } from './index.ts';

let emulator: StorageEmulator;
let bucket: Bucket;

beforeEach(async () => {
  emulator = await startStorage();
  const storage = new Storage({ apiEndpoint: `http://${emulator.host}`, projectId: 'demo' });
  [bucket] = await storage.createBucket('models');
});
afterEach(() => emulator.stop());

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
