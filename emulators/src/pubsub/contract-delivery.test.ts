import { expect } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';

contract('delivery', ({ check, open }) => {
  check('every subscription gets every message published since it was made', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    await publish('readings', 'before');
    for (const id of ['one', 'two']) {
      await subscriber.createSubscription({ name: subscription(id), topic: topic('readings') });
    }
    await publish('readings', 'a', 'b');
    for (const id of ['one', 'two']) {
      const messages = await pull(id, 2);
      expect(messages.map(({ message }) => String(message?.data)).sort()).toEqual(['a', 'b']);
    }
  });

  check(
    'a pulled message has its id, attributes and publish time, and no delivery attempt',
    async () => {
      const { publisher, subscriber, topic, subscription, pull } = open();
      await publisher.createTopic({ name: topic('readings') });
      await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
      const [{ messageIds }] = await publisher.publish({
        topic: topic('readings'),
        messages: [{ attributes: { unit: '°C' }, orderingKey: 'k' }],
      });
      const [received] = await pull('all', 1);
      expect(received).toMatchObject({
        deliveryAttempt: 0,
        message: { attributes: { unit: '°C' } },
      });
      expect(received?.message).toMatchObject({ messageId: messageIds?.[0], orderingKey: 'k' });
      const publishedAt = Number(received?.message?.publishTime?.seconds);
      expect(Math.abs(publishedAt - Date.now() / 1000)).toBeLessThan(60);
    },
  );

  check('an acknowledged message is gone and a nacked one comes again', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
    await publish('readings', 'keep', 'drop');
    for (const { ackId, message } of await pull('all', 2)) {
      const request = { subscription: subscription('all'), ackIds: [ackId as string] };
      if (String(message?.data) === 'drop') await subscriber.acknowledge(request);
      else await subscriber.modifyAckDeadline({ ...request, ackDeadlineSeconds: 0 });
    }
    const [again] = await pull('all', 1);
    expect(String(again?.message?.data)).toBe('keep');
    const request = { subscription: subscription('all'), maxMessages: 9, returnImmediately: true };
    const [rest] = await subscriber.pull(request);
    expect(rest.receivedMessages).toEqual([]);
  });

  check('publishing to a missing topic, nothing, or an empty message is refused', async () => {
    const { publisher, topic, publish } = open();
    await expect(publish('readings', 'a')).rejects.toMatchObject({ code: 5 });
    await publisher.createTopic({ name: topic('readings') });
    const request = { topic: topic('readings') };
    await expect(publisher.publish({ ...request, messages: [{}] })).rejects.toMatchObject({
      code: 3,
    });
  });

  check('an ack id that Pub/Sub never gave is refused', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    await expect(
      subscriber.acknowledge({ subscription: name, ackIds: ['???'] }),
    ).rejects.toMatchObject({ code: 3 });
  });

  check('a stream gets no more unacknowledged messages than its flow control allows', async () => {
    const { publisher, subscriber, topic, subscription, publish, consume } = open();
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
    const flowControl = { maxMessages: 3, allowExcessMessages: false };
    const received = consume('all', () => {}, { flowControl });
    await publish('readings', 'a', 'b', 'c', 'd', 'e', 'f');
    await expect.poll(() => received.length, { timeout: 5000 }).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(received).toHaveLength(3);
  });
});
