import { describe, expect, onTestFinished, test } from 'vitest';
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
  [{ kind: 'partial-error' }, 'fault partial-error of "Publish" is not of one of Acknowledge'],
] as const)('%j is refused', async (fault, message) => {
  const { emulator } = await start();
  expect(() => emulator.setFaults([{ method: 'Publish', ...fault }])).toThrow(message);
});

test('a publish can be stored twice', async () => {
  const { publish, stored } = await start({ method: 'Publish', kind: 'duplicate', times: 1 });
  await publish();
  expect(stored()).toBe(2);
});

test.each<[Fault['kind'], Partial<Fault>]>([
  ['status', { status: 'UNAVAILABLE' }],
  ['cut-before', {}],
  ['latency', { latencyMs: 50 }],
])('a stream with %s loses no message', async (kind, rest) => {
  const { publish, consume, stored, emulator } = await start({
    method: 'StreamingPull',
    kind,
    times: 1,
    ...rest,
  });
  const received = consume('all', (message) => message.ack());
  await publish();
  // What a broken connection had taken comes again after its deadline.
  await expect
    .poll(() => emulator.faultCounts()[`StreamingPull ${kind}`], { timeout: 5000 })
    .toBe(1);
  if (kind !== 'latency') emulator.advance(60_000);
  await expect.poll(() => received.length, { timeout: 5000 }).toBe(1);
  await expect.poll(stored, { timeout: 5000 }).toBe(0);
});

test.each<[Fault['kind'], Partial<Fault>, number]>([
  ['status', { status: 'UNAVAILABLE' }, 1],
  ['cut-before', {}, 1],
  ['cut-after', {}, 2],
  ['latency', { latencyMs: 50 }, 1],
])('a push with %s comes again until it is accepted', async (kind, rest, arrivals) => {
  const { url, requests } = await endpoint(() => 204);
  const { emulator, subscriber, name, publish, stored } = await start({
    method: 'push',
    kind,
    times: 1,
    ...rest,
  });
  await subscriber.modifyPushConfig({ subscription: name, pushConfig: { pushEndpoint: url } });
  await publish();
  await expect.poll(stored, { timeout: 5000 }).toBe(0);
  expect(requests).toHaveLength(arrivals);
  expect(emulator.faultCounts()).toEqual({ [`push ${kind}`]: 1 });
});

describe('a partial error', () => {
  async function startOnce(fault: Fault) {
    const started = await start(fault);
    const { subscriber, subscription, topic, publish, consume, emulator } = started;
    const name = subscription('once');
    await subscriber.createSubscription({
      name,
      topic: topic('readings'),
      enableExactlyOnceDelivery: true,
    });
    for (let count = 0; count < 4; count += 1) await publish();
    const replies: [id: string, reply: string][] = [];
    // One call acknowledges all.
    const batching = { maxMessages: 100, maxMilliseconds: 300 };
    consume(
      'once',
      (message) => {
        const told = (reply: string) => replies.push([message.id, reply]);
        message.ackWithResponse().then(told, (error) => told(error.errorCode));
      },
      { batching },
    );
    return { replies, size: () => emulator.backlog(name).size };
  }

  // Of ids that are not named Google's Node client tells OTHER, though they were acknowledged.
  test('of Acknowledge with exactly-once delivery names the ids, and the rest is done', async () => {
    const { replies, size } = await startOnce({
      method: 'Acknowledge',
      kind: 'partial-error',
      times: 1,
    });
    await expect.poll(() => replies.length, { timeout: 5000 }).toBe(4);
    expect(replies.sort()).toEqual([
      ['1', 'INVALID'],
      ['2', 'OTHER'],
      ['3', 'INVALID'],
      ['4', 'OTHER'],
    ]);
    expect(size()).toBe(2);
  });

  test('that is transient is tried again by the client', async () => {
    const { replies, size } = await startOnce({
      method: 'Acknowledge',
      kind: 'partial-error',
      failure: 'TRANSIENT_FAILURE_UNORDERED_ACK_ID',
      times: 1,
    });
    await expect.poll(() => replies.length, { timeout: 10_000 }).toBe(4);
    expect(replies.sort()).toEqual([
      ['1', 'SUCCESS'],
      ['2', 'OTHER'],
      ['3', 'SUCCESS'],
      ['4', 'OTHER'],
    ]);
    expect(size()).toBe(0);
  }, 15_000);

  test('of ModifyAckDeadline names the ids whose deadline did not change', async () => {
    const { subscriber, name, publish, pull, emulator } = await start({
      method: 'ModifyAckDeadline',
      kind: 'partial-error',
    });
    await subscriber.updateSubscription({
      subscription: { name, enableExactlyOnceDelivery: true },
      updateMask: { paths: ['enable_exactly_once_delivery'] },
    });
    await publish();
    await publish();
    const ackIds = (await pull('all', 2)).map(({ ackId }) => ackId as string);
    await expect(
      subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 }),
    ).rejects.toMatchObject({
      errorInfoMetadata: { [ackIds[0] as string]: 'PERMANENT_FAILURE_INVALID_ACK_ID' },
    });
    expect(emulator.backlog(name)).toMatchObject({ ready: 1, leased: 1 });
  });

  test('of Acknowledge without exactly-once delivery is silent: the messages come again', async () => {
    const { subscriber, name, publish, pull, stored } = await start({
      method: 'Acknowledge',
      kind: 'partial-error',
      times: 1,
    });
    await publish();
    await publish();
    const ackIds = (await pull('all', 2)).map(({ ackId }) => ackId as string);
    await subscriber.acknowledge({ subscription: name, ackIds });
    expect(stored()).toBe(1);
  });
});

describe('over REST', () => {
  async function startRest(fault: Omit<Fault, 'method'>) {
    const { emulator, topic, stored } = await start({ method: 'Publish', times: 1, ...fault });
    const publish = () =>
      fetch(`http://${emulator.host}/v1/${topic('readings')}:publish`, {
        method: 'POST',
        body: JSON.stringify({ messages: [{ data: 'YQ==' }] }),
      });
    return { publish, stored };
  }

  test('a status refuses the call without effect', async () => {
    const { publish, stored } = await startRest({ kind: 'status', status: 'UNAVAILABLE' });
    expect((await publish()).status).toBe(503);
    expect(stored()).toBe(0);
  });

  test.each([
    ['cut-before', 0],
    ['cut-after', 1],
  ] as const)('%s breaks the connection with %i messages stored', async (kind, count) => {
    const { publish, stored } = await startRest({ kind });
    await expect(publish()).rejects.toThrow();
    expect(stored()).toBe(count);
  });

  test('latency delays the answer', async () => {
    const { publish } = await startRest({ kind: 'latency', latencyMs: 150 });
    const startedAt = performance.now();
    expect((await publish()).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(145);
  });

  test('a publish can be stored twice', async () => {
    const { publish, stored } = await startRest({ kind: 'duplicate' });
    expect((await publish()).status).toBe(200);
    expect(stored()).toBe(2);
  });
});
