import { readFileSync } from 'node:fs';
import { dataDictionary } from '@plumbline/contracts';
import { expect, test } from 'vitest';

test('docs/data-dictionary.md says what contracts say; `npm run dictionary` renews it', () => {
  const written = readFileSync(
    new URL('../../../docs/data-dictionary.md', import.meta.url),
    'utf8',
  );
  expect(written).toBe(dataDictionary());
});
