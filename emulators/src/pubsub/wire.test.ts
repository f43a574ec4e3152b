import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { trimProtos } from './vendor/trim-protos.ts';
import { loadRpcs } from './wire.ts';

test('the vendored protocol agrees with the one inside Google’s client', () => {
  const file = new URL('vendor/google-pubsub-v1.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(trimProtos())));
});

test('it has every RPC of the four services', () => {
  const names = loadRpcs().map(({ name }) => name);
  expect(names).toHaveLength(9 + 16 + 10 + 3);
  expect(names).toContain('StreamingPull');
});
