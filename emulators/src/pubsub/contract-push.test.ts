import { expect } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';
import { endpoint } from '../../conformance/pubsub/session.ts';

contract('push', ({ check, open }) => {
  check('a push carries Google’s wrapper and comes again until it is acknowledged', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    const { url, requests } = await endpoint((_, count) => (count === 1 ? 500 : 204));
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('push');
    const pushConfig = { pushEndpoint: url };
    await subscriber.createSubscription({ name, topic: topic('readings'), pushConfig });
    const message = { data: Buffer.from('hi'), attributes: { k: 'v' } };
    await publisher.publish({ topic: topic('readings'), messages: [message] });
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(2);
    expect(requests[1]?.body).toEqual({
      message: {
        attributes: { k: 'v' },
        data: 'aGk=',
        messageId: expect.stringMatching(/^\d+$/),
        message_id: expect.stringMatching(/^\d+$/),
        publishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        publish_time: expect.stringMatching(/Z$/),
      },
      subscription: name,
    });
    expect(requests[1]?.headers['content-type']).toMatch(/^application\/json/);
  });

  check('pulling from a push subscription is refused', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    const { url } = await endpoint(() => 204);
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('push');
    const pushConfig = { pushEndpoint: url };
    await subscriber.createSubscription({ name, topic: topic('readings'), pushConfig });
    await expect(
      subscriber.pull({ subscription: name, maxMessages: 1, returnImmediately: true }),
    ).rejects.toMatchObject({ code: 9 });
  });

  check(
    'an unwrapped push has the data as body and metadata and attributes as headers',
    async () => {
      const { publisher, subscriber, topic, subscription } = open();
      const { url, requests } = await endpoint(() => 204);
      await publisher.createTopic({ name: topic('readings') });
      const name = subscription('push');
      const pushConfig = { pushEndpoint: url, noWrapper: { writeMetadata: true } };
      await subscriber.createSubscription({ name, topic: topic('readings'), pushConfig });
      const message = { data: Buffer.from('hi'), attributes: { unit: 'C' } };
      const [{ messageIds }] = await publisher.publish({
        topic: topic('readings'),
        messages: [message],
      });
      await expect.poll(() => requests.length, { timeout: 5000 }).toBe(1);
      expect(requests[0]?.text).toBe('hi');
      expect(requests[0]?.headers).toMatchObject({
        unit: 'C',
        'x-goog-pubsub-subscription-name': name,
        'x-goog-pubsub-message-id': messageIds?.[0],
        'x-goog-pubsub-publish-time': expect.stringMatching(/Z$/),
      });
    },
  );

  check('a push carries a token when it is asked for', async () => {
    const { publisher, subscriber, topic, subscription, publish } = open();
    const { url, requests } = await endpoint(() => 204);
    await publisher.createTopic({ name: topic('readings') });
    const oidcToken = { serviceAccountEmail: 'push@p.iam.gserviceaccount.com' };
    await subscriber.createSubscription({
      name: subscription('push'),
      topic: topic('readings'),
      pushConfig: { pushEndpoint: url, oidcToken },
    });
    await publish('readings', 'a');
    await expect.poll(() => requests.length, { timeout: 5000 }).toBe(1);
    expect(requests[0]?.headers.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  });
});
