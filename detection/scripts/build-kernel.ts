import { writeFileSync } from 'node:fs';
import { compileKernel, KERNELS } from './compile-kernel.ts';

// Writes the compiled kernels as modules, because detection reads no files: npm run build:kernel -w detection
for (const kernel of KERNELS) {
  const base64 = Buffer.from(await compileKernel(kernel)).toString('base64');
  const lines = base64.match(/.{1,96}/g) ?? [];
  const text = lines.map((line) => `  '${line}',`).join('\n');
  writeFileSync(
    new URL(`../src/kernel/${kernel}-wasm.ts`, import.meta.url),
    `/** Built from assembly/${kernel}.ts by \`npm run build:kernel -w detection\`; a test keeps it current. */
export const ${kernel.toUpperCase()}_WASM = [
${text}
].join('');
`,
  );
}
