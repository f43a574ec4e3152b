/** What the contract cannot ask of Google's emulator: its clock cannot be moved, nor its state read. */
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { endpoint, session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

type SubscriptionDraft = Parameters<
  ReturnType<typeof session>['subscriber']['createSubscription']
>[0];

async function start(draft: SubscriptionDraft = {}) {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const opened = session(emulator.host);
  const { publisher, subscriber, topic, subscription } = opened;
  await publisher.createTopic({ name: topic('readings') });
  const name = subscription('all');
  await subscriber.createSubscription({ name, topic: topic('readings'), ...draft });
  return { ...opened, emulator, name, backlog: () => emulator.backlog(name) };
}

test('a message comes again once its deadline has passed, and not before', async () => {
  const { emulator, publish, pull, backlog } = await start({ ackDeadlineSeconds: 20 });
  await publish('readings', 'a');
  await pull('all', 1);
  emulator.advance(19_900);
  expect(backlog()).toEqual({ size: 1, ready: 0, leased: 1 });
  emulator.advance(200);
  expect(backlog()).toEqual({ size: 1, ready: 1, leased: 0 });
});

test('a deadline that is extended counts from the extension', async () => {
  const { emulator, subscriber, name, publish, pull, backlog } = await start();
  await publish('readings', 'a');
  const [received] = await pull('all', 1);
  emulator.advance(9_000);
  const ackIds = [received?.ackId as string];
  await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 60 });
  emulator.advance(59_000);
  expect(backlog().leased).toBe(1);
  emulator.advance(2_000);
  expect(backlog().ready).toBe(1);
});

test('a clock of the caller’s own counts', async () => {
  let nowMs = Date.parse('2026-01-01T12:00:00Z');
  const emulator = await startPubSub({ now: () => nowMs });
  onTestFinished(() => emulator.stop());
  const { publisher, subscriber, topic, subscription, publish, pull } = session(emulator.host);
  await publisher.createTopic({ name: topic('readings') });
  await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
  await publish('readings', 'a');
  const [first] = await pull('all', 1);
  expect(Number(first?.message?.publishTime?.seconds)).toBe(nowMs / 1000);
  nowMs += 10_000;
  expect(await pull('all', 1)).toHaveLength(1);
  nowMs += 10_000;
  emulator.advance(0);
  expect(emulator.backlog(subscription('all')).ready).toBe(1);
});

test('a late acknowledgement still removes the message', async () => {
  const { emulator, subscriber, name, publish, pull, backlog } = await start();
  await publish('readings', 'a');
  const [received] = await pull('all', 1);
  emulator.advance(11_000);
  await subscriber.acknowledge({ subscription: name, ackIds: [received?.ackId as string] });
  expect(backlog()).toEqual({ size: 0, ready: 0, leased: 0 });
});

test('a late negative acknowledgement does not end the lease of the next receiver', async () => {
  const { emulator, subscriber, name, publish, pull, backlog } = await start();
  await publish('readings', 'a');
  const [first] = await pull('all', 1);
  emulator.advance(11_000);
  await pull('all', 1);
  const ackIds = [first?.ackId as string];
  await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 });
  expect(backlog().leased).toBe(1);
});

test('the backoff of a retry policy doubles from its least to its most', async () => {
  const { emulator, subscriber, name, publish, pull, backlog } = await start({
    retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 30 } },
  });
  await publish('readings', 'a');
  for (const backoffMs of [10_000, 20_000, 30_000, 30_000]) {
    const [received] = await pull('all', 1);
    const ackIds = [received?.ackId as string];
    await subscriber.modifyAckDeadline({ subscription: name, ackIds, ackDeadlineSeconds: 0 });
    emulator.advance(backoffMs - 1_000);
    expect(backlog().ready).toBe(0);
    emulator.advance(1_000);
    expect(backlog().ready).toBe(1);
  }
});

test('an unacknowledged message is dropped after the retention time', async () => {
  const { emulator, publish, backlog } = await start({
    messageRetentionDuration: { seconds: 600 },
  });
  await publish('readings', 'a');
  emulator.advance(599_000);
  expect(backlog().size).toBe(1);
  emulator.advance(2_000);
  expect(backlog().size).toBe(0);
});

test('a waiting pull answers as soon as a message is published', async () => {
  const { publish, pull } = await start();
  const pulled = pull('all', 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await publish('readings', 'a');
  const [received] = await pulled;
  expect(String(received?.message?.data)).toBe('a');
});

test('a stream ends with NOT_FOUND when its subscription is deleted', async () => {
  const { client, subscriber, name } = await start();
  const failed = new Promise((resolve) => {
    const subscription = client.subscription('all', { streamingOptions: { maxStreams: 1 } });
    subscription.on('message', () => {});
    subscription.on('error', resolve);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await subscriber.deleteSubscription({ subscription: name });
  expect(await failed).toMatchObject({ code: 5 });
});

test('a stream ends when its subscription becomes a push subscription, which then delivers', async () => {
  const { url, requests } = await endpoint(() => 204);
  const { client, subscriber, name, publish, emulator } = await start();
  const failed = new Promise((resolve) => {
    const subscription = client.subscription('all', { streamingOptions: { maxStreams: 1 } });
    subscription.on('message', () => {});
    subscription.on('error', resolve);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await subscriber.modifyPushConfig({ subscription: name, pushConfig: { pushEndpoint: url } });
  await publish('readings', 'a');
  expect(await failed).toMatchObject({ code: 9 });
  await emulator.settled();
  expect(requests).toHaveLength(1);
});

test('whoever waits for the emulator to settle is let go when it stops', async () => {
  const { url } = await endpoint(() => new Promise<number>(() => {}));
  const { emulator, publish } = await start({ pushConfig: { pushEndpoint: url } });
  await publish('readings', 'a');
  const settled = emulator.settled();
  await emulator.stop();
  await settled;
});

test('a push endpoint gets at most 100 requests at once, and all messages', async () => {
  let open = 0;
  let most = 0;
  let openGate = () => {};
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const { url, requests } = await endpoint(async () => {
    open += 1;
    most = Math.max(most, open);
    // Nobody is answered before a hundred are there; a 101st would be seen by then.
    if (open === 100) setTimeout(openGate, 50);
    await gate;
    open -= 1;
    return 200;
  });
  const { emulator, publish, backlog } = await start({ pushConfig: { pushEndpoint: url } });
  await publish('readings', ...Array.from({ length: 1000 }, (_, index) => String(index)));
  await emulator.settled();
  expect(requests).toHaveLength(1000);
  expect(most).toBe(100);
  expect(backlog().size).toBe(0);
});

test('a push that is refused comes again after 100 ms, then 200 ms', async () => {
  const { url, requests } = await endpoint((_, count) => (count < 3 ? 429 : 200));
  const { emulator, publish, backlog } = await start({ pushConfig: { pushEndpoint: url } });
  await publish('readings', 'a');
  for (const [tried, backoffMs] of [
    [1, 100],
    [2, 200],
  ] as const) {
    await emulator.settled();
    expect(requests).toHaveLength(tried);
    emulator.advance(backoffMs);
  }
  await emulator.settled();
  expect(requests).toHaveLength(3);
  expect(backlog().size).toBe(0);
});

test('nobody listening at the push endpoint counts as a refusal', async () => {
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:9/push' };
  const { emulator, publish, backlog } = await start({ pushConfig });
  await publish('readings', 'a');
  await emulator.settled();
  expect(backlog()).toEqual({ size: 1, ready: 0, leased: 0 });
});

test('with retention on the topic a new subscription can seek to before it was made', async () => {
  const { emulator, publisher, subscriber, topic, subscription, publish } = await start();
  await publisher.updateTopic({
    topic: { name: topic('readings'), messageRetentionDuration: { seconds: 600 } },
    updateMask: { paths: ['message_retention_duration'] },
  });
  await publish('readings', 'old');
  emulator.advance(400_000);
  await publish('readings', 'new');
  const sizeAfterSeek = async (id: string) => {
    const name = subscription(id);
    await subscriber.createSubscription({ name, topic: topic('readings') });
    await subscriber.seek({ subscription: name, time: { seconds: 0 } });
    return emulator.backlog(name).size;
  };
  expect(await sizeAfterSeek('late')).toBe(2);
  const [late] = await subscriber.getSubscription({ subscription: subscription('late') });
  expect(late.topicMessageRetentionDuration).toEqual({ seconds: '600', nanos: 0 });
  emulator.advance(300_000);
  expect(await sizeAfterSeek('later')).toBe(1);
});

test('a snapshot is gone a week after the oldest message in it', async () => {
  const { emulator, subscriber, name, project, publish } = await start();
  await publish('readings', 'a');
  emulator.advance(24 * 3600_000);
  const snapshot = `projects/${project}/snapshots/before`;
  const [made] = await subscriber.createSnapshot({ name: snapshot, subscription: name });
  expect(Number(made.expireTime?.seconds)).toBeCloseTo(Date.now() / 1000 + 7 * 24 * 3600, -2);
  emulator.advance(7 * 24 * 3600_000);
  await expect(subscriber.getSnapshot({ snapshot })).rejects.toMatchObject({ code: 5 });
});

test.each([
  ['1,001 messages', Array.from({ length: 1001 }, () => ({ data: Buffer.from('a') }))],
  ['more than 10 MB', [{ data: Buffer.alloc(10_000_001) }]],
  ['101 attributes', [{ attributes: Object.fromEntries(numbers(101)) }]],
  ['an attribute value over 1,024 bytes', [{ attributes: { k: 'x'.repeat(1025) } }]],
  ['an attribute that starts with goog', [{ attributes: { googclient: 'x' } }]],
  ['an ordering key over 1,024 bytes', [{ data: Buffer.from('a'), orderingKey: 'x'.repeat(1025) }]],
])('a publish of %s is refused, and nothing of it is stored', async (_, messages) => {
  const { publisher, topic, backlog } = await start();
  const valid = [{ data: Buffer.from('valid') }];
  await expect(
    publisher.publish({ topic: topic('readings'), messages: [...valid, ...messages] }),
  ).rejects.toMatchObject({ code: 3 });
  expect(backlog().size).toBe(0);
});

function numbers(count: number): [string, string][] {
  return Array.from({ length: count }, (_, index) => [`k${index}`, String(index)]);
}

test.each(['cloudStorageConfig', 'messageTransforms'])('%s is refused by name', async (field) => {
  const { subscriber, topic, subscription } = await start();
  const values = {
    cloudStorageConfig: { bucket: 'readings' },
    messageTransforms: [{ javascriptUdf: { functionName: 'f', code: 'function f() {}' } }],
  };
  const draft = { name: subscription('other'), topic: topic('readings') };
  const only = { [field]: values[field as keyof typeof values] };
  await expect(subscriber.createSubscription({ ...draft, ...only })).rejects.toMatchObject({
    code: 12,
    details: `${field} is not implemented by this emulator`,
  });
});

test('published messages can be looked at, newest last', async () => {
  const { emulator, topic, publish } = await start();
  await publish('readings', 'a', 'b');
  expect(emulator.messages(topic('readings')).map(({ data }) => String(data))).toEqual(['a', 'b']);
});

test('stopping closes the port and every connection, and twice is no error', async () => {
  const { emulator, consume } = await start();
  consume('all', () => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  const startedAt = performance.now();
  await emulator.stop();
  await emulator.stop();
  expect(performance.now() - startedAt).toBeLessThan(5000);
  const refused = await new Promise((resolve) => {
    connect(emulator.port, '127.0.0.1').on('error', resolve);
  });
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
});

test('a taken port is named, with the variable to change', async () => {
  const { emulator } = await start();
  await expect(startPubSub({ port: emulator.port })).rejects.toThrow(
    `port ${emulator.port} is in use: stop what uses it or set PUBSUB_PORT`,
  );
});
