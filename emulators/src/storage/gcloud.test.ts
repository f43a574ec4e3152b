import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, type TestContext, test } from 'vitest';
import { start } from '../start.ts';

const run = promisify(execFile);
const hasGcloud = await run('gcloud', ['--version']).then(
  () => true,
  () => false,
);
if (!hasGcloud) console.warn('gcloud storage: skipped, the Google Cloud SDK is not installed');

/** A gcloud with a configuration of its own that is thrown away, and a folder to copy from and to. */
async function session({ onTestFinished }: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'gcloud-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const emulators = await start();
  onTestFinished(() => emulators.stop());
  const { storage, pubsub } = emulators;
  const gcloud = async (line: string) => {
    const { stdout } = await run('gcloud', ['storage', ...line.split(' ')], {
      timeout: 40_000,
      cwd: folder,
      env: {
        ...process.env,
        CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${pubsub.host}/`,
        CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://${storage.host}/storage/v1/`,
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_CONFIG: join(folder, 'config'),
        CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        CLOUDSDK_CORE_PROJECT: 'demo',
      },
    });
    return stdout;
  };
  return {
    folder,
    emulators,
    gcloud,
    names: () => storage.objects('shelf').map(({ name }) => name),
  };
}

// At once, as each gcloud spends most of its second on its own start.
const sessionTest = hasGcloud ? test.concurrent : test.skip;

sessionTest(
  'gcloud storage copies both ways, lists, prints, moves and removes',
  async (context) => {
    const { folder, gcloud, names } = await session(context);
    await writeFile(join(folder, 'small.txt'), 'hello\n');
    // Above 8 MiB gcloud uploads in a resumable session.
    const bytes = Buffer.alloc(9_000_000, 'abcdefghijk');
    await writeFile(join(folder, 'large.bin'), bytes);

    await gcloud('buckets create gs://shelf');
    await gcloud('cp small.txt gs://shelf/dir/small.txt');
    await gcloud('cp large.bin gs://shelf/large.bin');
    expect((await gcloud('ls gs://shelf')).split('\n').sort()).toEqual([
      '',
      'gs://shelf/dir/',
      'gs://shelf/large.bin',
    ]);
    expect(await gcloud('cat gs://shelf/dir/small.txt')).toBe('hello\n');
    await gcloud('cp gs://shelf/large.bin back.bin');
    expect((await readFile(join(folder, 'back.bin'))).equals(bytes)).toBe(true);
    await gcloud('mv gs://shelf/dir/small.txt gs://shelf/moved.txt');
    expect(names()).toEqual(['large.bin', 'moved.txt']);
    await gcloud('rm --recursive gs://shelf');
    await expect(gcloud('ls gs://shelf')).rejects.toThrow('404');
  },
  120_000,
);

sessionTest(
  'gcloud storage synchronises, composes, describes and updates, and removes old versions too',
  async (context) => {
    const { folder, emulators, gcloud, names } = await session(context);
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'sub/a.txt'), 'a');
    await writeFile(join(folder, 'sub/b.txt'), 'b');

    await gcloud('buckets create gs://shelf --location=EU');
    await gcloud('buckets update gs://shelf --versioning --update-labels=team=x');
    expect(await gcloud('buckets describe gs://shelf')).toMatch(
      /labels:\s+team: x.*location: EU.*versioning_enabled: true/s,
    );
    await gcloud('rsync --recursive sub gs://shelf/copy');
    expect(names()).toEqual(['copy/a.txt', 'copy/b.txt']);
    await gcloud('objects compose gs://shelf/copy/a.txt gs://shelf/copy/b.txt gs://shelf/ab.txt');
    expect(String(await emulators.storage.read('shelf', 'ab.txt'))).toBe('ab');
    await gcloud('objects update gs://shelf/ab.txt --custom-metadata=k=v');
    expect(await gcloud('objects describe gs://shelf/ab.txt')).toContain('k: v');
    const member = '--member=user:a@example.com --role=roles/storage.objectViewer';
    expect(await gcloud(`buckets add-iam-policy-binding gs://shelf ${member}`)).toContain(
      'user:a@example.com',
    );
    await gcloud('rm gs://shelf/ab.txt');
    expect(await gcloud('ls --all-versions gs://shelf/ab.txt')).toMatch(/ab\.txt#\d+/);
    await gcloud('rm --recursive gs://shelf');
    await expect(gcloud('ls gs://shelf')).rejects.toThrow('404');
  },
  180_000,
);

sessionTest(
  'gcloud storage makes a notification, with its topic, that reaches Pub/Sub',
  async (context) => {
    const { folder, emulators, gcloud } = await session(context);
    await writeFile(join(folder, 'small.txt'), 'hello\n');
    await gcloud('buckets create gs://shelf');
    await gcloud('buckets notifications create gs://shelf --topic=changes');
    await gcloud('cp small.txt gs://shelf/small.txt');
    await emulators.settled();
    expect(emulators.pubsub.messages('projects/demo/topics/changes')).toMatchObject([
      { attributes: { eventType: 'OBJECT_FINALIZE', objectId: 'small.txt' } },
    ]);
  },
  120_000,
);
