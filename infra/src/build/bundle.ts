import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildOptions, build, type OutputFile } from 'esbuild';

export interface Bundle {
  /** Entry point, absolute. */
  readonly entry: string;
  readonly format: 'cjs' | 'esm';
  /** Packages that stay outside and are installed by npm. */
  readonly external: readonly string[];
}

/** CommonJS packages inside an ES module still ask for these. */
const ESM_BANNER = [
  "import { createRequire as bundleRequire } from 'node:module';",
  "import { dirname as bundleDirname } from 'node:path';",
  "import { fileURLToPath as bundlePath } from 'node:url';",
  'const require = bundleRequire(import.meta.url);',
  'const __filename = bundlePath(import.meta.url);',
  'const __dirname = bundleDirname(__filename);',
].join(' ');

/** One JavaScript file with everything in it: an instance reads one file at its start instead of thousands. */
export async function bundle({ entry, format, external }: Bundle): Promise<Uint8Array> {
  const [output] = await run({ entryPoints: [entry], format, external: [...external] });
  if (output === undefined) throw new Error(`esbuild gave no file for ${entry}`);
  return output.contents;
}

export interface Programs {
  /** Absolute; the files are laid out in `folder` as the entry points are in it. */
  readonly workspace: string;
  readonly entries: readonly string[];
  readonly external: readonly string[];
  readonly folder: string;
}

/**
 * Writes an ES module for each entry point. What they share, and what a program imports only when it needs it, is in
 * files of its own: to compile all of the ML server would take a third of its start.
 */
export async function bundlePrograms(programs: Programs): Promise<void> {
  const { workspace, entries, external, folder } = programs;
  const outputs = await run({
    entryPoints: entries.map((entry) => join(workspace, entry)),
    format: 'esm',
    external: [...external],
    splitting: true,
    outbase: workspace,
    outdir: folder,
    // As deep as the sources, which find the files that they read by the way from where they are.
    chunkNames: 'src/shared/[name]-[hash]',
  });
  for (const { path, contents } of outputs) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
}

async function run(options: BuildOptions): Promise<OutputFile[]> {
  const { outputFiles = [] } = await build({
    ...options,
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    // Names stay, so that a stack trace can be read; white space goes, a third of the bytes.
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    // The SQL texts of contracts/ are read beside their source, which no deployed part does.
    logOverride: { 'empty-import-meta': 'silent' },
    ...(options.format === 'esm' && { banner: { js: ESM_BANNER } }),
  });
  return outputFiles;
}
