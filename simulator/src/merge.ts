import type { Reading } from '@plumbline/contracts';

/** Readings of several streams, each in the order of time, in the order of time. The earlier stream goes first at a tie. */
export function* mergeByTime(streams: readonly Iterable<Reading>[]): Generator<Reading> {
  const heads = streams.map((stream) => {
    const iterator = stream[Symbol.iterator]();
    return { iterator, next: iterator.next() };
  });
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const head of heads) {
      if (head.next.done || firstMs <= head.next.value.measuredAtMs) continue;
      first = head;
      firstMs = head.next.value.measuredAtMs;
    }
    if (first === undefined) return;
    yield first.next.value as Reading;
    first.next = first.iterator.next();
  }
}
