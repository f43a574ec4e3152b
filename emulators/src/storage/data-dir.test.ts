import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startStorage } from './index.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'storage-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
});

/** The emulator in a process of its own, to be killed. */
async function spawnEmulator() {
  const index = JSON.stringify(new URL('./index.ts', import.meta.url).href);
  const code = `import(${index}).then(async ({ startStorage }) => {
    const { port } = await startStorage({ dataDir: process.argv[1] });
    console.log(port);
  })`;
  const child = spawn(process.execPath, ['-e', code, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [port] = await once(child.stdout, 'data');
  return { child, port: Number(port), storage: clientOf(Number(port)) };
}

function clientOf(port: number): Storage {
  return new Storage({ apiEndpoint: `http://127.0.0.1:${port}`, projectId: 'demo' });
}

test('after kill -9 in the middle of writing, all that was acknowledged is there', async () => {
  const { child, storage } = await spawnEmulator();
  const [bucket] = await storage.createBucket('models', { versioning: { enabled: true } });
  const acknowledged: string[] = [];
  let isKilled = false;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; !isKilled; n += 1) {
      const name = `${writer}/${n}`;
      const saved = await bucket
        .file(name)
        .save(name, { resumable: false })
        .then(
          () => true,
          () => false,
        );
      if (saved) acknowledged.push(name);
      if (100 <= acknowledged.length) {
        isKilled = true;
        child.kill('SIGKILL');
      }
    }
  });
  storage.retryOptions.autoRetry = false;
  await Promise.all(writers);
  await once(child, 'close');

  const reborn = await startStorage({ dataDir });
  onTestFinished(() => reborn.stop());
  const again = clientOf(reborn.port).bucket('models');
  for (const name of acknowledged) {
    expect((await again.file(name).download()).toString()).toBe(name);
  }
  expect((await again.getMetadata())[0].versioning).toEqual({ enabled: true });
});

const CHUNK_BYTES = 256 * 1024;
const CHUNKS = [Buffer.alloc(CHUNK_BYTES, 'a'), Buffer.alloc(CHUNK_BYTES, 'b'), Buffer.from('c')];

/** Opens a resumable upload; gives what its address has after the host. */
async function openUpload(port: number, name: string): Promise<string> {
  const url = `http://127.0.0.1:${port}/upload/storage/v1/b/models/o?uploadType=resumable&name=${name}`;
  const { headers } = await fetch(url, { method: 'POST' });
  const { pathname, search } = new URL(headers.get('location') as string);
  return pathname + search;
}

function put(port: number, path: string, range: string, body = Buffer.alloc(0)) {
  const headers = { 'content-range': `bytes ${range}` };
  return fetch(`http://127.0.0.1:${port}${path}`, { method: 'PUT', headers, body });
}

async function kill(child: Awaited<ReturnType<typeof spawnEmulator>>['child']): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

test('a resumable upload goes on after kill -9, twice, from the last chunk that was answered', async () => {
  const total = 2 * CHUNK_BYTES + 1;
  const first = await spawnEmulator();
  await first.storage.createBucket('models');
  const path = await openUpload(first.port, 'large');
  await put(first.port, path, `0-${CHUNK_BYTES - 1}/*`, CHUNKS[0]);
  await kill(first.child);

  const second = await spawnEmulator();
  const asked = await put(second.port, path, '*/*');
  expect([asked.status, asked.headers.get('range')]).toEqual([308, `bytes=0-${CHUNK_BYTES - 1}`]);
  await put(second.port, path, `${CHUNK_BYTES}-${2 * CHUNK_BYTES - 1}/*`, CHUNKS[1]);
  await kill(second.child);

  const third = await spawnEmulator();
  const done = await put(third.port, path, `${total - 1}-${total - 1}/${total}`, CHUNKS[2]);
  expect(done.status).toBe(200);
  const [bytes] = await third.storage.bucket('models').file('large').download();
  expect(bytes.equals(Buffer.concat(CHUNKS))).toBe(true);
});

test('whoever did not hear that an upload is complete before kill -9 hears it afterwards', async () => {
  const { child, port, storage } = await spawnEmulator();
  await storage.createBucket('models');
  const path = await openUpload(port, 'small');
  const done = await put(port, path, '0-0/1', CHUNKS[2]);
  await kill(child);
  const reborn = await startStorage({ dataDir });
  onTestFinished(() => reborn.stop());
  const again = await put(reborn.port, path, '*/1');
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({
    generation: ((await done.json()) as { generation: string }).generation,
  });
});

test('an upload is forgotten after a week, and when it is cancelled', async () => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const emulator = await startStorage({ dataDir, now: () => nowMs });
  onTestFinished(() => emulator.stop());
  await clientOf(emulator.port).createBucket('models');
  const [old, cancelled] = [
    await openUpload(emulator.port, 'old'),
    await openUpload(emulator.port, 'cancelled'),
  ];
  await put(emulator.port, cancelled, `0-${CHUNK_BYTES - 1}/*`, CHUNKS[0]);
  await fetch(`http://${emulator.host}${cancelled}`, { method: 'DELETE' });
  expect((await put(emulator.port, cancelled, '*/*')).status).toBe(404);
  nowMs += 7 * 24 * 3_600_000 - 1;
  expect((await put(emulator.port, old, '*/*')).status).toBe(308);
  nowMs += 1;
  expect((await put(emulator.port, old, '*/*')).status).toBe(404);
  await openUpload(emulator.port, 'new');
  expect(await readdir(join(dataDir, 'uploads'))).toHaveLength(1);
});

test('a torn last line is dropped, damage before it is an error that names the line', async () => {
  const first = await startStorage({ dataDir });
  await clientOf(first.port).createBucket('models');
  await first.stop();
  const journal = join(dataDir, 'journal.ndjson');
  await appendFile(journal, '{"kind":"bucket","buck');
  const second = await startStorage({ dataDir });
  expect(second.objects('models')).toEqual([]);
  await second.stop();
  await appendFile(journal, 'oops\n{}\n');
  await expect(startStorage({ dataDir })).rejects.toThrow('journal.ndjson:3 is damaged');
  await writeFile(journal, 'something else');
  await expect(startStorage({ dataDir })).rejects.toThrow('not a journal');
});

test('two emulators do not share a folder', async () => {
  const { child } = await spawnEmulator();
  await expect(startStorage({ dataDir })).rejects.toThrow(`in use by process ${child.pid}`);
});
