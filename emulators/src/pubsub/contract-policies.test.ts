import { expect } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';

contract('policies', ({ check, open }) => {
  check(
    'a message nacked 5 times moves to the dead-letter topic and says where it came from',
    async () => {
      const { publisher, subscriber, topic, subscription, ...rest } = open();
      const { publish, pull, consume, project } = rest;
      for (const id of ['readings', 'dead']) await publisher.createTopic({ name: topic(id) });
      await subscriber.createSubscription({
        name: subscription('work'),
        topic: topic('readings'),
        deadLetterPolicy: { deadLetterTopic: topic('dead'), maxDeliveryAttempts: 5 },
      });
      await subscriber.createSubscription({ name: subscription('dead'), topic: topic('dead') });
      const received = consume('work', (message) => message.nack());
      await publish('readings', 'poison');
      const [letter] = await pull('dead', 1);
      expect(String(letter?.message?.data)).toBe('poison');
      expect(letter?.message?.attributes).toMatchObject({
        CloudPubSubDeadLetterSourceSubscription: 'work',
        CloudPubSubDeadLetterSourceSubscriptionProject: project,
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
      });
      expect(received.map((message) => message.deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
    },
  );

  check('with a retry policy a nacked message waits for its backoff', async () => {
    const { publisher, subscriber, topic, subscription, publish, consume } = open();
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription({
      name: subscription('all'),
      topic: topic('readings'),
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 2 } },
    });
    const times: number[] = [];
    consume('all', (message) => {
      times.push(performance.now());
      if (times.length === 1) message.nack();
      else message.ack();
    });
    await publish('readings', 'a');
    await expect.poll(() => times.length, { timeout: 5000 }).toBe(2);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThan(900);
  });

  check('a filter lets only matching messages pass', async () => {
    const { publisher, subscriber, topic, subscription, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('warm');
    const filter = 'attributes.level = "warm" AND NOT attributes:test';
    await subscriber.createSubscription({ name, topic: topic('readings'), filter });
    const attributes = [{ level: 'cold' }, { level: 'warm', test: '' }, { level: 'warm' }];
    const messages = attributes.map((entry) => ({ attributes: entry as Record<string, string> }));
    await publisher.publish({ topic: topic('readings'), messages });
    const [received] = await pull('warm', 1);
    expect(received?.message?.attributes).toEqual({ level: 'warm' });
  });

  check('an invalid filter is refused', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const draft = { name: subscription('all'), topic: topic('readings'), filter: 'level > 3' };
    await expect(subscriber.createSubscription(draft)).rejects.toMatchObject({ code: 3 });
  });

  check('messages with an ordering key arrive in the order of their publishing', async () => {
    const { publisher, subscriber, topic, subscription, consume } = open();
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription({
      name: subscription('all'),
      topic: topic('readings'),
      enableMessageOrdering: true,
    });
    const texts = Array.from({ length: 6 }, (_, index) => String(index));
    const messages = texts.map((text) => ({ data: Buffer.from(text), orderingKey: 'k' }));
    await publisher.publish({ topic: topic('readings'), messages });
    const received = consume('all', (message) => message.ack());
    await expect.poll(() => received.length, { timeout: 5000 }).toBe(6);
    expect(received.map(({ data }) => String(data))).toEqual(texts);
  });

  check(
    'after a nack that message and all later ones of its key come again, in order',
    async () => {
      const { publisher, subscriber, topic, subscription, consume } = open();
      await publisher.createTopic({ name: topic('readings') });
      await subscriber.createSubscription({
        name: subscription('all'),
        topic: topic('readings'),
        enableMessageOrdering: true,
      });
      let isRefused = false;
      const acknowledged: string[] = [];
      consume('all', (message) => {
        const text = String(message.data);
        if (text === '2' && !isRefused) {
          isRefused = true;
          message.nack();
          return;
        }
        acknowledged.push(text);
        message.ack();
      });
      const messages = ['0', '1', '2', '3', '4'].map((text) => ({
        data: Buffer.from(text),
        orderingKey: 'k',
      }));
      await publisher.publish({ topic: topic('readings'), messages });
      await expect.poll(() => acknowledged.length, { timeout: 5000 }).toBeGreaterThan(4);
      expect(acknowledged.slice(acknowledged.lastIndexOf('2'))).toEqual(['2', '3', '4']);
    },
  );

  check('with exactly-once delivery an acknowledgement is confirmed', async () => {
    const { publisher, subscriber, topic, subscription, publish, consume } = open();
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription({
      name: subscription('once'),
      topic: topic('readings'),
      enableExactlyOnceDelivery: true,
    });
    const replies: unknown[] = [];
    consume('once', (message) => {
      message.ackWithResponse().then((reply) => replies.push(reply));
    });
    await publish('readings', 'a');
    await expect.poll(() => replies, { timeout: 5000 }).toEqual(['SUCCESS']);
  });

  check('with exactly-once delivery a second acknowledgement is refused', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('once');
    const draft = { name, topic: topic('readings'), enableExactlyOnceDelivery: true };
    await subscriber.createSubscription(draft);
    await publish('readings', 'a');
    const [received] = await pull('once', 1);
    const ackId = received?.ackId as string;
    await subscriber.acknowledge({ subscription: name, ackIds: [ackId] });
    await expect(
      subscriber.acknowledge({ subscription: name, ackIds: [ackId] }),
    ).rejects.toMatchObject({
      errorInfoMetadata: { [ackId]: 'PERMANENT_FAILURE_INVALID_ACK_ID' },
    });
  });
});
