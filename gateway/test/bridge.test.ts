import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../src/broker/broker.ts';
import { bridgeTo, startTopics, timedValue } from './bridging.ts';

/** A device that publishes at QoS 1 and comes back by itself. */
async function device(port: number, clientId = 'device') {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId,
    clean: false,
    reconnectPeriod: 20,
  });
  onTestFinished(() => client.endAsync(true));
  return client;
}

async function broker() {
  const started = await startBroker({ port: 0, journalDir: null });
  onTestFinished(() => started.stop());
  return started;
}

test('what a device publishes is in Pub/Sub, packed and in order', async () => {
  const { port } = await broker();
  const topics = await startTopics();
  const bridge = bridgeTo(topics.pubsub, port);
  await expect.poll(() => bridge.isSubscribed()).toBe(true);
  const client = await device(port);
  const indexes = Array.from({ length: 300 }, (_, index) => index);
  await Promise.all(
    indexes.map((index) =>
      client.publishAsync('sites/A/1/dev-1/temperature', timedValue(index), { qos: 1 }),
    ),
  );
  await expect.poll(() => topics.readings().length).toBe(300);
  expect(topics.readings().map(({ readingId }) => readingId)).toEqual(
    indexes.map((index) => `r${index}`),
  );
  expect(topics.emulator.messages('projects/demo/topics/readings').length).toBeLessThan(100);
});

test('a payload that is no reading becomes a dead letter with its reason', async () => {
  const { port } = await broker();
  const topics = await startTopics();
  const bridge = bridgeTo(topics.pubsub, port);
  await expect.poll(() => bridge.isSubscribed()).toBe(true);
  const client = await device(port);
  await client.publishAsync('sites/A/1/dev-1/temperature', 'warm', { qos: 1 });
  await expect.poll(() => topics.deadLetters().length).toBe(1);
  const [letter] = topics.deadLetters();
  expect(letter?.attributes).toMatchObject({
    reason: 'not_json',
    topic: 'sites/A/1/dev-1/temperature',
  });
  expect(Buffer.from(letter?.data ?? []).toString()).toBe('warm');
});

test('the broker keeps what Pub/Sub does not take, and a new bridge brings it', async () => {
  const { port } = await broker();
  const topics = await startTopics();
  const first = bridgeTo(topics.pubsub, port);
  await expect.poll(() => first.isSubscribed()).toBe(true);
  topics.emulator.setFaults([
    { method: 'Publish', kind: 'status', status: 'UNAVAILABLE', times: 10_000 },
  ]);
  const client = await device(port);
  for (let index = 0; index < 20; index += 1) {
    await client.publishAsync('sites/A/1/dev-1/temperature', timedValue(index), { qos: 1 });
  }
  await expect.poll(() => first.totals().messages).toBe(20);
  await first.stop(50);
  expect(topics.readings()).toEqual([]);

  topics.emulator.setFaults([]);
  bridgeTo(topics.pubsub, port);
  await expect.poll(() => new Set(topics.readings().map((r) => r.readingId)).size).toBe(20);
});

test('while Pub/Sub is slow, no more is read from the broker than may wait', async () => {
  const { port } = await broker();
  const topics = await startTopics();
  const bridge = bridgeTo(topics.pubsub, port, { maxWaiting: 600 });
  await expect.poll(() => bridge.isSubscribed()).toBe(true);
  topics.emulator.setFaults([
    { method: 'Publish', kind: 'status', status: 'UNAVAILABLE', times: 10_000 },
  ]);
  const client = await device(port);
  const sent = Promise.all(
    Array.from({ length: 400 }, (_, index) =>
      client.publishAsync('sites/A/1/dev-1/temperature', timedValue(index), { qos: 1 }),
    ),
  );
  await sleep(300);
  // Room for a message of 500 readings must be left: 600 - 500, and the one that filled it.
  expect(bridge.totals().messages).toBeLessThanOrEqual(101);
  topics.emulator.setFaults([]);
  await sent;
  await expect
    .poll(() => new Set(topics.readings().map((r) => r.readingId)).size, { timeout: 10_000 })
    .toBe(400);
});

test('a message at QoS 0 without a time is a reading of now', async () => {
  const { port } = await broker();
  const topics = await startTopics();
  const bridge = bridgeTo(topics.pubsub, port);
  await expect.poll(() => bridge.isSubscribed()).toBe(true);
  const client = await device(port);
  await client.publishAsync('sites/A/1/dev-1/co2', '400', { qos: 0 });
  await expect.poll(() => topics.readings()).toMatchObject([{ metrics: { co2: 400 } }]);
});
