import { describe, expect, test } from 'vitest';
import { Backlog, type DeliveryPolicy } from './backlog.ts';
import { DueHeap } from './due-heap.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';

const POLICY: DeliveryPolicy = {
  ackDeadlineMs: 10_000,
  retentionMs: 600_000,
  minBackoffMs: 0,
  maxBackoffMs: 0,
  maxDeliveryAttempts: undefined,
  isOrdered: false,
  isExactlyOnce: false,
};

function message(id: number, orderingKey = ''): Message {
  return {
    messageId: String(id),
    data: new Uint8Array(),
    attributes: {},
    orderingKey,
    publishTime: {},
    publishedAtMs: 0,
    sizeBytes: 10,
  };
}

function backlog(policy: Partial<DeliveryPolicy>, ...messages: Message[]) {
  const given: string[] = [];
  const made = new Backlog('t', { ...POLICY, ...policy }, ({ messageId }) => {
    given.push(messageId);
    return true;
  });
  for (const each of messages) made.add(each);
  return Object.assign(made, {
    given,
    ids: (nowMs: number) =>
      made.take(nowMs, 100, 1e9).map((delivery) => delivery.message.messageId),
  });
}

test('of an ordering key only one message is out at a time, the others follow in order', () => {
  const lines = backlog({ isOrdered: true }, message(1, 'a'), message(2, 'a'), message(3, 'b'));
  expect(lines.ids(0)).toEqual(['1', '3']);
  expect(lines.ids(0)).toEqual([]);
  lines.acknowledge('t-1-1');
  expect(lines.ids(0)).toEqual(['2']);
});

test('a message that comes again holds back the later ones of its key, not those of others', () => {
  const lines = backlog(
    { isOrdered: true, minBackoffMs: 1000, maxBackoffMs: 1000 },
    ...[message(1, 'a'), message(2, 'a'), message(3, 'b'), message(4)],
  );
  expect(lines.ids(0)).toEqual(['1', '3', '4']);
  lines.modifyDeadline('t-1-1', 0, 0);
  expect(lines.ids(0)).toEqual([]);
  lines.expire(1000);
  expect(lines.ids(1000)).toEqual(['1']);
});

test('with exactly-once delivery an ack id ends with its lease', () => {
  const once = backlog({ isExactlyOnce: true }, message(1));
  once.take(0, 1, 1e9);
  once.expire(10_000);
  expect(once.acknowledge('t-1-1')).toBeUndefined();
  once.take(10_000, 1, 1e9);
  expect(once.acknowledge('t-1-2')).toBe('1');
});

test('the ack id of another subscription does nothing', () => {
  const mine = backlog({}, message(1));
  mine.take(0, 1, 1e9);
  expect(mine.acknowledge('u-1-1')).toBeUndefined();
  expect(mine.size).toBe(1);
});

test('bytes limit what is taken, except that the first always fits', () => {
  const full = backlog({}, message(1), message(2), message(3));
  expect(full.take(0, 9, 25)).toHaveLength(2);
  expect(full.take(0, 9, 1)).toHaveLength(1);
});

describe.each([1, 2, 3, 4, 5])('whatever happens, seed %i', (seed) => {
  test('every message is waiting, leased once, acknowledged or given up, and keys keep order', () => {
    const random = mulberry32(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const policy = { isOrdered: true, maxDeliveryAttempts: 5, minBackoffMs: 50, maxBackoffMs: 400 };
    const state = backlog({ ...policy, ackDeadlineMs: 100 });
    const leases = new Map<string, { ackId: string; endMs: number }>();
    const done = new Set<string>();
    const lastOfKey = new Map<string, number>();
    let published = 0;
    let nowMs = 0;
    for (let step = 0; step < 3000; step += 1) {
      nowMs += pick(30);
      state.expire(nowMs);
      for (const [id, { endMs }] of leases) if (endMs <= nowMs) leases.delete(id);
      const [id, lease] = Array.from(leases)[pick(leases.size)] ?? [];
      switch (pick(4)) {
        case 0:
          published += 1;
          state.add(message(published, ['', 'a', 'b'][pick(3)]));
          break;
        case 1:
          for (const { ackId, message: taken } of state.take(nowMs, 1 + pick(3), 1e9)) {
            expect(leases.has(taken.messageId)).toBe(false);
            expect(done.has(taken.messageId)).toBe(false);
            if (taken.orderingKey !== '') {
              const last = lastOfKey.get(taken.orderingKey) ?? 0;
              expect(Number(taken.messageId)).toBeGreaterThanOrEqual(last);
              lastOfKey.set(taken.orderingKey, Number(taken.messageId));
            }
            leases.set(taken.messageId, { ackId, endMs: nowMs + 100 });
          }
          break;
        case 2:
          if (id === undefined || lease === undefined) break;
          expect(state.acknowledge(lease.ackId)).toBe(id);
          leases.delete(id);
          done.add(id);
          break;
        case 3:
          if (id === undefined || lease === undefined) break;
          expect(state.modifyDeadline(lease.ackId, 0, nowMs)).toBe(true);
          leases.delete(id);
          break;
      }
      expect(state.leasedCount).toBe(leases.size);
      expect(state.size + done.size + state.given.length).toBe(published);
      expect(state.sizeBytes).toBe(10 * state.size);
    }
    expect(state.given.length).toBeGreaterThan(0);
  });
});

test('the heap gives what is due first, after any adding, moving and removing', () => {
  const random = mulberry32(7);
  const heap = new DueHeap<{ dueMs: number; heapIndex: number }>();
  const items = new Set<{ dueMs: number; heapIndex: number }>();
  for (let step = 0; step < 3000; step += 1) {
    const [some] = items;
    const action = Math.floor(random() * 4);
    if (some === undefined || action < 2) {
      const item = { dueMs: Math.floor(random() * 1000), heapIndex: -1 };
      items.add(item);
      heap.add(item);
    } else if (action === 2) {
      some.dueMs = Math.floor(random() * 1000);
      heap.moved(some);
    } else {
      items.delete(some);
      heap.remove(some);
    }
    const earliest = Math.min(...Array.from(items, ({ dueMs }) => dueMs));
    expect(heap.first?.dueMs ?? Number.POSITIVE_INFINITY).toBe(earliest);
  }
});

test('the queue keeps its order past the point where it drops what was taken', () => {
  const queue = new Fifo<number>();
  for (let item = 0; item < 25_000; item += 1) queue.push(item);
  for (let item = 0; item < 20_000; item += 1) expect(queue.shift()).toBe(item);
  expect(queue.size).toBe(5000);
  expect(queue.list()[0]).toBe(20_000);
  expect(queue.first).toBe(20_000);
});

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
