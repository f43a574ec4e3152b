import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('../src/kernel/assembly/forest.ts', import.meta.url);

/** The kernel's bytes, the same on every machine for the same source and compiler version. */
export async function compileKernel(): Promise<Uint8Array> {
  const source = readFileSync(SOURCE, 'utf8');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['forest.ts', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--outFile', 'out'],
    {
      readFile: (name: string) => (name === 'forest.ts' ? source : null),
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name === 'out' && typeof contents !== 'string') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined)
    throw new Error(`AssemblyScript failed: ${stderr.toString()}`, { cause: error });
  return binary;
}
