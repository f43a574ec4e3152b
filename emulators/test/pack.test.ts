/** The tarball of `npm pack`, in an empty project, running what docs/emulators.md shows. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const UNREACHABLE = /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENOTCACHED/;
const run = promisify(execFile);

test('the tarball does in an empty project what the documentation shows', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const tarball = await pack(join(folder, 'repository'));
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const peers = await Promise.all(
    ['vitest', 'typescript', '@types/node', '@google-cloud/pubsub', '@google-cloud/bigquery'].map(
      installed,
    ),
  );
  const npm = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...peers];
  try {
    await run('npm', npm, { cwd: project });
  } catch (error) {
    if (UNREACHABLE.test(String(error))) context.skip('npm cannot reach its registry');
    throw error;
  }

  const page = await readFile(join(ROOT, 'docs/emulators.md'), 'utf8');
  const snippet = /```ts\n(.+?)```/s.exec(page)?.[1] as string;
  await writeFile(join(project, 'example.test.ts'), snippet);
  const inProject = (script: string, ...args: string[]) =>
    run(process.execPath, [join(project, 'node_modules', script), ...args], {
      cwd: project,
      env: { PATH: process.env.PATH, METADATA_SERVER_DETECTION: 'none', NO_COLOR: '1' },
    });
  const { stdout } = await inProject('vitest/vitest.mjs', 'run');
  expect(stdout).toContain('1 passed');

  const compilerOptions = { strict: true, module: 'nodenext', noEmit: true, types: ['node'] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  await expect(inProject('typescript/bin/tsc', '-p', '.')).resolves.toMatchObject({ stdout: '' });
  const wrong = snippet.replace("kind: 'cut-before'", "kind: 'explode'");
  await writeFile(join(project, 'example.test.ts'), wrong);
  // Types that were not found would let anything pass.
  await expect(inProject('typescript/bin/tsc', '-p', '.')).rejects.toThrow();
}, 240_000);

/** `npm pack` in a copy of this workspace, as it changes `package.json` while it works. */
async function pack(repository: string): Promise<string> {
  const workspace = join(repository, 'emulators');
  await cp(join(ROOT, 'emulators'), workspace, {
    recursive: true,
    filter: (source) => !/[\\/](node_modules|dist|test|bench)$/.test(source),
  });
  await cp(join(ROOT, 'tsconfig.json'), join(repository, 'tsconfig.json'));
  await symlink(join(ROOT, 'node_modules'), join(repository, 'node_modules'));
  const before = await readFile(join(workspace, 'package.json'), 'utf8');
  await run('npm', ['pack'], { cwd: workspace });
  expect(await readFile(join(workspace, 'package.json'), 'utf8')).toBe(before);
  const tarball = (await readdir(workspace)).find((file) => file.endsWith('.tgz'));
  return join(workspace, tarball as string);
}

/** `NAME@VERSION` of a package as it is here. */
async function installed(name: string): Promise<string> {
  const manifest = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  return `${name}@${(JSON.parse(manifest) as { version: string }).version}`;
}
