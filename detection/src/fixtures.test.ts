import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decide, loadBundle, loadDeviceState, saveBundle, saveDeviceState } from './index.ts';

// Written by the first release of each version. They are never changed: what was saved must load for ever.
const read = (name: string) =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8').trim();

test('a bundle of version 1 loads, scores its golden vectors and is saved as it was', () => {
  const saved = JSON.parse(read('bundle-v1.json'));
  expect(JSON.parse(JSON.stringify(saveBundle(loadBundle(saved))))).toEqual(saved);
});

test('a device state of version 1 loads, goes on and is saved as it was', () => {
  const bundle = loadBundle(JSON.parse(read('bundle-v1.json')));
  const text = read('device-state-v1.json');
  const state = loadDeviceState(text);
  expect(JSON.parse(saveDeviceState(state))).toEqual(JSON.parse(text));
  const { decision } = decide(bundle, state, {
    atMs: 1.76e12 + 400 * 60_000,
    metrics: { humidity: 80, temperature: 21.5 },
  });
  expect(decision).toMatchObject({ isAnomaly: true, alert: true });
  expect(decision.metrics.map(({ isAnomaly }) => isAnomaly)).toEqual([true, false]);
});
