import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildFunctions } from '../src/build/functions.ts';
import { type LockFile, sliceLockFile } from '../src/build/lock-file.ts';
import { zip } from '../src/build/zip.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const lock: LockFile = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-build-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('building twice gives the same zips, byte for byte', async () => {
  const [first, second] = [await buildFunctions(ROOT, lock), await buildFunctions(ROOT, lock)];
  expect(first.map(({ name, sha256 }) => [name, sha256])).toEqual(
    second.map(({ name, sha256 }) => [name, sha256]),
  );
  for (const { entries } of first) {
    const source = Buffer.from(entries.find(({ path }) => path === 'index.js')?.bytes ?? []);
    expect(source.includes(ROOT), 'the path of this checkout is in the bundle').toBe(false);
  }
});

test('the order of entries does not matter', () => {
  const [a, b] = [
    { path: 'a', bytes: Buffer.from('1') },
    { path: 'b', bytes: Buffer.from('2') },
  ];
  expect(zip([b, a])).toEqual(zip([a, b]));
});

test('Python reads what zip wrote', (context) => {
  if (spawnSync('python3', ['--version']).error) {
    console.warn('skipped: python3 is not installed');
    return context.skip('python3 is not installed');
  }
  const text = (value: string) => Buffer.from(value);
  const a = { path: 'a.txt', bytes: text('one') };
  const b = { path: 'folder/ü.txt', bytes: text('two') };
  const path = folder();
  writeFileSync(join(path, 'x.zip'), zip([b, a]));
  const script =
    'import sys,zipfile,json; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({i.filename:[z.read(i).decode(), i.external_attr>>16, list(i.date_time)] for i in z.infolist()}))';
  const read = JSON.parse(
    execFileSync('python3', ['-c', script, join(path, 'x.zip')], { encoding: 'utf8' }),
  );
  const time = [1980, 1, 1, 0, 0, 0];
  expect(read).toEqual({
    'a.txt': ['one', 0o100644, time],
    'folder/ü.txt': ['two', 0o100644, time],
  });
});

test('a slice of the lock file holds what the dependencies need, each in the version that Node would find', () => {
  const sliced = sliceLockFile(
    {
      packages: {
        functions: { dependencies: { a: '1' } },
        'functions/node_modules/a': { version: '1.0.0', dependencies: { c: '*' }, dev: true },
        'node_modules/a': { version: '2.0.0' },
        'node_modules/b': { version: '1.0.0', dependencies: { a: '2', c: '*' } },
        'node_modules/c': { version: '1.0.0', optionalDependencies: { gone: '*' } },
        'node_modules/unused': { version: '1.0.0' },
      },
    },
    'functions',
    { name: 'x', version: '0.1.0', dependencies: { a: '1.0.0', b: '1.0.0' } },
  );
  expect(sliced.packages).toEqual({
    '': { name: 'x', version: '0.1.0', dependencies: { a: '1.0.0', b: '1.0.0' } },
    'node_modules/a': { version: '1.0.0', dependencies: { c: '*' } },
    'node_modules/b': { version: '1.0.0', dependencies: { a: '2', c: '*' } },
    'node_modules/b/node_modules/a': { version: '2.0.0' },
    'node_modules/c': { version: '1.0.0', optionalDependencies: { gone: '*' } },
  });
  expect(() =>
    sliceLockFile({ packages: {} }, 'functions', {
      name: 'x',
      version: '1',
      dependencies: { a: '1' },
    }),
  ).toThrow('package-lock.json has no a for functions');
});
