import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startStorage } from './index.ts';

const run = promisify(execFile);
const hasGcloud = await run('gcloud', ['--version']).then(
  () => true,
  () => false,
);
if (!hasGcloud) console.warn('gcloud storage: skipped, the Google Cloud SDK is not installed');

test.skipIf(!hasGcloud)(
  'gcloud storage copies both ways, lists, prints and removes',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gcloud-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const emulator = await startStorage();
    onTestFinished(() => emulator.stop());
    const gcloud = async (...args: string[]) => {
      const { stdout } = await run('gcloud', ['storage', ...args], {
        timeout: 25_000,
        env: {
          ...process.env,
          CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://${emulator.host}/storage/v1/`,
          CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
          CLOUDSDK_CONFIG: join(folder, 'config'),
          CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
          CLOUDSDK_CORE_PROJECT: 'demo',
        },
      });
      return stdout;
    };
    const small = join(folder, 'small.txt');
    const large = join(folder, 'large.bin');
    await writeFile(small, 'hello\n');
    // Above 8 MiB gcloud uploads in a resumable session.
    const bytes = Buffer.alloc(9_000_000, 'abcdefghijk');
    await writeFile(large, bytes);

    await gcloud('buckets', 'create', 'gs://shelf');
    await gcloud('cp', small, 'gs://shelf/dir/small.txt');
    await gcloud('cp', large, 'gs://shelf/large.bin');
    expect((await gcloud('ls', 'gs://shelf')).split('\n').sort()).toEqual([
      '',
      'gs://shelf/dir/',
      'gs://shelf/large.bin',
    ]);
    expect(await gcloud('cat', 'gs://shelf/dir/small.txt')).toBe('hello\n');
    await gcloud('cp', 'gs://shelf/large.bin', join(folder, 'back.bin'));
    expect((await readFile(join(folder, 'back.bin'))).equals(bytes)).toBe(true);
    await gcloud('mv', 'gs://shelf/dir/small.txt', 'gs://shelf/moved.txt');
    expect(emulator.objects('shelf').map(({ name }) => name)).toEqual(['large.bin', 'moved.txt']);
    await gcloud('rm', '--recursive', 'gs://shelf');
    await expect(gcloud('ls', 'gs://shelf')).rejects.toThrow('404');
  },
  120_000,
);
