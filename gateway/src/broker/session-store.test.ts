import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredPacket } from 'aedes-persistence/asyncPersistence.js';
import { expect, onTestFinished, test } from 'vitest';
import { SessionStore } from './session-store.ts';

const bridge = { id: 'bridge' };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'plumbline-sessions-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A store as a broker opens it, also the next one after a kill: nothing is closed before. */
async function open(path: string): Promise<SessionStore> {
  const store = new SessionStore(path);
  await store.restore();
  return store;
}

function message(counter: number): StoredPacket {
  return {
    cmd: 'publish',
    topic: 'sites/A/1/dev-1/co2',
    payload: Buffer.from(`${counter}`),
    qos: 1,
    retain: false,
    brokerId: 'broker',
    brokerCounter: counter,
  };
}

async function enqueue(store: SessionStore, ...counters: number[]): Promise<void> {
  for (const counter of counters) {
    await store.outgoingEnqueueCombi([{ clientId: bridge.id }], message(counter));
  }
}

async function waiting(store: SessionStore): Promise<string[]> {
  const packets: string[] = [];
  for await (const { payload } of store.outgoingStream(bridge)) packets.push(String(payload));
  return packets;
}

test('after a kill there are the subscriptions, what is retained, and what was not acknowledged, in order', async () => {
  const path = folder();
  const store = await open(path);
  await store.addSubscriptions(bridge, [{ topic: 'sites/#', qos: 1 }]);
  await store.storeRetained({ ...message(0), retain: true });
  await enqueue(store, 1, 2, 3);
  await store.outgoingUpdate(bridge, { ...message(2), messageId: 700 });
  await store.outgoingClearMessageId(bridge, { ...message(2), messageId: 700 });
  // The acknowledgement is written with what comes next.
  await enqueue(store, 4);

  const next = await open(path);
  expect(await waiting(next)).toEqual(['1', '3', '4']);
  expect(await next.subscriptionsByClient(bridge)).toMatchObject([{ topic: 'sites/#', qos: 1 }]);
  const [retained] = await next.createRetainedStream('#').toArray();
  expect(String(retained.payload)).toBe('0');

  // What was taken over is written again, so it is still there after another kill.
  expect(await waiting(await open(path))).toEqual(['1', '3', '4']);
});

test('a line that was cut off by the kill is left out, and the rest is there', async () => {
  const path = folder();
  await enqueue(await open(path), 1, 2);
  const name = join(path, 'broker.journal');
  const lines = readFileSync(name, 'utf8').trimEnd().split('\n');
  appendFileSync(name, (lines.at(-1) as string).slice(0, 20));
  expect(await waiting(await open(path))).toEqual(['1', '2']);
});

test('a copy that was not sent has no id, and clears nothing', async () => {
  const store = await open(folder());
  await enqueue(store, 1, 2);
  await store.outgoingClearMessageId(bridge, message(1));
  expect(await waiting(store)).toEqual(['1', '2']);
});

test('a client that begins anew has no messages', async () => {
  const path = folder();
  const store = await open(path);
  await store.addSubscriptions(bridge, [{ topic: 'sites/#', qos: 1 }]);
  await enqueue(store, 1);
  await store.cleanSubscriptions(bridge);
  expect(await waiting(store)).toEqual([]);
  expect(await waiting(await open(path))).toEqual([]);
});
