import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

const DAY_MS = 86_400_000;

async function start() {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const opened = session(emulator.host);
  const { publisher, subscriber, topic, subscription } = opened;
  await publisher.createTopic({ name: topic('readings') });
  const create = async (id: string, ttl: object | null) => {
    const name = subscription(id);
    const expirationPolicy = { ttl };
    await subscriber.createSubscription({ name, topic: topic('readings'), expirationPolicy });
    return name;
  };
  const names = async () => {
    const [found] = await subscriber.listSubscriptions({ project: `projects/${opened.project}` });
    return found.map(({ name }) => name?.split('/').at(-1));
  };
  return { ...opened, emulator, create, names };
}

test('a subscription that nobody uses is deleted when its time is over, and not before', async () => {
  const { emulator, create, names } = await start();
  await create('short', { seconds: 2 * 86_400 });
  await create('never', null);
  emulator.advance(2 * DAY_MS - 1000);
  expect(await names()).toEqual(['never', 'short']);
  emulator.advance(1000);
  expect(await names()).toEqual(['never']);
  emulator.advance(400 * DAY_MS);
  expect(await names()).toEqual(['never']);
});

test('pulling, even for nothing, and an open stream keep it', async () => {
  const { emulator, subscriber, create, names, consume, publish } = await start();
  const pulled = await create('pulled', { seconds: 86_400 });
  const streamed = await create('streamed', { seconds: 86_400 });
  await create('left', { seconds: 86_400 });
  consume('streamed', (message) => message.ack());
  await publish('readings', 'a');
  await expect.poll(() => emulator.backlog(streamed).size).toBe(0);
  await subscriber.pull({ subscription: pulled, maxMessages: 1, returnImmediately: true });
  emulator.advance(DAY_MS - 1000);
  await subscriber.pull({ subscription: pulled, maxMessages: 1, returnImmediately: true });
  emulator.advance(DAY_MS - 1000);
  expect(await names()).toEqual(['pulled', 'streamed']);
});
