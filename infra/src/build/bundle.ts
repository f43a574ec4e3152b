import { build } from 'esbuild';

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
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format,
    external: [...external],
    // Names stay, so that a stack trace can be read; white space goes, a third of the bytes.
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    // The SQL texts of contracts/ are read beside their source, which no deployed part does.
    logOverride: { 'empty-import-meta': 'silent' },
    ...(format === 'esm' && { banner: { js: ESM_BANNER } }),
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild gave no file for ${entry}`);
  return output.contents;
}
