import { expect, onTestFinished, test } from 'vitest';
import { endpoint, session } from '../../conformance/pubsub/session.ts';
import { type Fault, startPubSub } from './index.ts';

async function start(...faults: Fault[]) {
  const emulator = await startPubSub({ random: () => 0.5 });
  onTestFinished(() => emulator.stop());
  const opened = session(emulator.host);
  const { publisher, subscriber, topic, subscription } = opened;
  await publisher.createTopic({ name: topic('readings') });
  const name = subscription('all');
  await subscriber.createSubscription({ name, topic: topic('readings') });
  emulator.setFaults(faults);
  const publish = () =>
    publisher.publish(
      { topic: topic('readings'), messages: [{ data: Buffer.from('a') }] },
      { retry: { retryCodes: [], backoffSettings: {} as never } },
    );
  return { ...opened, emulator, name, publish, stored: () => emulator.backlog(name).size };
}

test('a status refuses the call without effect, as often as was asked', async () => {
  const fault: Fault = { method: 'Publish', kind: 'status', status: 'UNAVAILABLE', times: 2 };
  const { publish, stored } = await start(fault);
  await expect(publish()).rejects.toMatchObject({ code: 14 });
  await expect(publish()).rejects.toMatchObject({ code: 14 });
  expect(stored()).toBe(0);
  await publish();
  expect(stored()).toBe(1);
});

test('a cut connection may come before the effect, or after it', async () => {
  const before = await start({ method: 'Publish', kind: 'cut-before', times: 1 });
  await expect(before.publish()).rejects.toThrow();
  expect(before.stored()).toBe(0);
  const after = await start({ method: 'Publish', kind: 'cut-after', times: 1 });
  await expect(after.publish()).rejects.toThrow();
  expect(after.stored()).toBe(1);
});

test('latency delays the answer', async () => {
  const { publish } = await start({ method: 'Publish', kind: 'latency', latencyMs: 150 });
  const startedAt = performance.now();
  await publish();
  expect(performance.now() - startedAt).toBeGreaterThan(145);
});

test('a rate befalls the share of calls that the dice say', async () => {
  const status = { method: 'Publish', kind: 'status', status: 'INTERNAL' } as const;
  const rare = await start({ ...status, rate: 0.5 });
  await rare.publish();
  const frequent = await start({ ...status, rate: 0.51 });
  await expect(frequent.publish()).rejects.toMatchObject({ code: 13 });
});

test('a stream can deliver twice, and break without losing a message', async () => {
  const { publish, consume, stored } = await start(
    { method: 'StreamingPull', kind: 'duplicate', times: 1 },
    { method: 'StreamingPull', kind: 'cut-after', times: 1 },
  );
  const received = consume('all', (message) => message.ack());
  await publish();
  await expect.poll(() => received.length, { timeout: 5000 }).toBe(2);
  await publish();
  await expect.poll(() => received.length, { timeout: 5000 }).toBe(3);
  await expect.poll(stored, { timeout: 5000 }).toBe(0);
});

test('a push can come twice', async () => {
  const { url, requests } = await endpoint(() => 204);
  const { emulator, subscriber, name, publish } = await start({
    method: 'push',
    kind: 'duplicate',
  });
  await subscriber.modifyPushConfig({ subscription: name, pushConfig: { pushEndpoint: url } });
  await publish();
  await emulator.settled();
  expect(requests).toHaveLength(2);
});

test.each([
  [{ kind: 'status', rate: 0, status: 'INTERNAL' }, 'fault rate 0 not in (0, 1]'],
  [{ kind: 'status' }, 'fault status undefined is not one of'],
  [{ kind: 'latency' }, 'fault latencyMs undefined is not at least 0'],
  [{ kind: 'latency', latencyMs: 1, times: 0 }, 'fault times 0 is not at least 1'],
  [{ kind: 'duplicate', method: 'publish' }, 'fault method "publish" is not one of CreateTopic'],
] as const)('%j is refused', async (fault, message) => {
  const { emulator } = await start();
  expect(() => emulator.setFaults([{ method: 'Publish', ...fault }])).toThrow(message);
});
