import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
  return { child, storage: clientOf(Number(port)) };
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
