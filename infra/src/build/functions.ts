import { createHash } from 'node:crypto';
import { FUNCTIONS, type FunctionName } from '@plumbline/contracts';
import { bundle } from './bundle.ts';
import { type LockFile, lockedVersion, sliceLockFile } from './lock-file.ts';
import { type ZipEntry, zip } from './zip.ts';

/** The one dependency that is not bundled: Google's builder looks for it, and it must be a single copy. */
const FRAMEWORK = '@google-cloud/functions-framework';
const WORKSPACE = 'functions';

export interface BuiltFunction {
  readonly name: FunctionName;
  readonly entries: readonly ZipEntry[];
  readonly zip: Buffer;
  /** Hash of the zip, in hex. The same sources give the same hash on every machine. */
  readonly sha256: string;
}

/**
 * Builds the zips that Cloud Functions deploys, each able to run alone:
 * `npm ci --omit=dev && npx functions-framework --target=NAME`.
 *
 * `root` is the folder of the repository, absolute.
 */
export function buildFunctions(root: string, lock: LockFile): Promise<BuiltFunction[]> {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  return Promise.all(names.map((name) => buildFunction(root, lock, name)));
}

async function buildFunction(
  root: string,
  lock: LockFile,
  name: FunctionName,
): Promise<BuiltFunction> {
  const manifest = {
    name: `plumbline-${name}`,
    version: '0.1.0',
    private: true,
    main: 'index.js',
    engines: { node: '24' },
    dependencies: { [FRAMEWORK]: lockedVersion(lock, WORKSPACE, FRAMEWORK) },
  };
  const source = await bundle({
    entry: `${root}/functions/src/${name}/main.ts`,
    format: 'cjs',
    external: [FRAMEWORK],
  });
  const entries = [
    { path: 'index.js', bytes: source },
    { path: 'package.json', bytes: jsonFile(manifest) },
    { path: 'package-lock.json', bytes: jsonFile(sliceLockFile(lock, WORKSPACE, manifest)) },
  ];
  const zipped = zip(entries);
  return { name, entries, zip: zipped, sha256: createHash('sha256').update(zipped).digest('hex') };
}

function jsonFile(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
