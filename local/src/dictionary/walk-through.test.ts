import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { walkThrough } from './walk-through.ts';

test('docs/analysts.md shows what its queries answer; `npm run dictionary` renews it', async () => {
  const written = readFileSync(new URL('../../../docs/analysts.md', import.meta.url), 'utf8');
  expect(written).toBe(await walkThrough());
}, 120_000);
