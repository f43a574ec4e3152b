import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const SOURCES = new URL('../src/kernel/assembly/', import.meta.url);
const SIMD = ['--enable', 'simd', '--enable', 'relaxed-simd'];

/** The kernels: their source in `assembly/` and, compiled, the module `<name>-wasm.ts` beside it. */
export const KERNELS = ['forest', 'shape', 'cuts'] as const;

/** A kernel's bytes, the same on every machine for the same source and compiler version. */
export async function compileKernel(kernel: (typeof KERNELS)[number]): Promise<Uint8Array> {
  const name = `${kernel}.ts`;
  // A call in the inner loop costs a third of the time. The decorator is no TypeScript, so it is added here.
  const source = readFileSync(new URL(name, SOURCES), 'utf8').replace(
    /^function /gm,
    '@inline function ',
  );
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [name, '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...SIMD, '--outFile', 'out'],
    {
      readFile: (file: string) => (file === name ? source : null),
      writeFile: (file: string, contents: Uint8Array | string) => {
        if (file === 'out' && typeof contents !== 'string') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`AssemblyScript failed: ${stderr.toString()}`, { cause: error });
  return binary;
}
