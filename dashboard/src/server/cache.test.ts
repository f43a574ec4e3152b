import { expect, test } from 'vitest';
import { singleFlightCache } from './cache.ts';

function counted() {
  let nowMs = 0;
  let loads = 0;
  const cache = singleFlightCache<number>(2, () => nowMs);
  return {
    ask: (key: string) =>
      cache.get(key, 1_000, async () => {
        loads += 1;
        if (key === 'broken') throw new Error('broken');
        return loads;
      }),
    pass: (ms: number) => {
      nowMs += ms;
    },
    loads: () => loads,
  };
}

test('equal questions at once and soon after cost one query, later ones another', async () => {
  const cache = counted();
  expect(await Promise.all([cache.ask('a'), cache.ask('a')])).toEqual([1, 1]);
  cache.pass(999);
  await cache.ask('a');
  expect(cache.loads()).toBe(1);
  cache.pass(1);
  await cache.ask('a');
  expect(cache.loads()).toBe(2);
});

test('a failure is not remembered', async () => {
  const cache = counted();
  await expect(cache.ask('broken')).rejects.toThrow('broken');
  await expect(cache.ask('broken')).rejects.toThrow('broken');
  expect(cache.loads()).toBe(2);
});

test('the answer loaded longest ago goes when there are too many', async () => {
  const cache = counted();
  for (const key of ['a', 'b', 'c']) await cache.ask(key);
  await cache.ask('c');
  await cache.ask('b');
  expect(cache.loads()).toBe(3);
  await cache.ask('a');
  expect(cache.loads()).toBe(4);
});
