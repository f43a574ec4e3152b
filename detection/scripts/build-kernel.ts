import { writeFileSync } from 'node:fs';
import { compileKernel } from './compile-kernel.ts';

// Writes the compiled kernel as a module, because detection reads no files: npm run build:kernel -w detection
const base64 = Buffer.from(await compileKernel()).toString('base64');
const lines = base64.match(/.{1,96}/g) ?? [];
const text = lines.map((line) => `  '${line}',`).join('\n');
writeFileSync(
  new URL('../src/kernel/forest-wasm.ts', import.meta.url),
  `/** Built from assembly/forest.ts by \`npm run build:kernel -w detection\`; a test keeps it current. */
export const FOREST_WASM = [
${text}
].join('');
`,
);
