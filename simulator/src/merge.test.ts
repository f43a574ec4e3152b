import type { Reading } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { mergeByTime } from './merge.ts';

const stream = (name: string, ...times: number[]): Reading[] =>
  times.map((measuredAtMs) => ({
    readingId: `${name}${measuredAtMs}`,
    deviceId: name,
    measuredAtMs,
    metrics: { temperature: 20 },
    place: {},
  }));
const ids = (readings: Iterable<Reading>) => [...readings].map(({ readingId }) => readingId);

test('streams are told as one, in the order of time', () => {
  const merged = mergeByTime([
    stream('a', 1, 4, 5),
    stream('b', 2, 4),
    stream('c'),
    stream('d', 0),
  ]);
  expect(ids(merged)).toEqual(['d0', 'a1', 'b2', 'a4', 'b4', 'a5']);
});

test('no more is taken from a stream than was asked for', () => {
  let taken = 0;
  function* endless(): Generator<Reading> {
    for (let ms = 0; ; ms += 1) {
      taken += 1;
      yield* stream('e', ms);
    }
  }
  const merged = mergeByTime([endless(), stream('b', 1)]);
  for (let count = 0; count < 3; count += 1) merged.next();
  expect(taken).toBeLessThan(5);
});
