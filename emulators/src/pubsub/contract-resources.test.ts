import { expect, test } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';

contract('resources', ({ check, open }) => {
  check('a topic is made once, found, listed and deleted', async () => {
    const { publisher, topic, project } = open();
    const name = topic('readings');
    await publisher.createTopic({ name, labels: { team: 'a' } });
    await expect(publisher.createTopic({ name })).rejects.toMatchObject({ code: 6 });
    const [found] = await publisher.getTopic({ topic: name });
    expect(found).toMatchObject({ name, labels: { team: 'a' } });
    const [listed] = await publisher.listTopics({ project: `projects/${project}` });
    expect(listed.map((entry) => entry.name)).toEqual([name]);
    await publisher.deleteTopic({ topic: name });
    await expect(publisher.getTopic({ topic: name })).rejects.toMatchObject({
      code: 5,
    });
  });

  test.each(['ab', '1st', 'goog-readings', 'a b c', 'x'.repeat(256)])(
    'the topic name %.20j is refused',
    async (id) => {
      const { publisher, topic } = open();
      await expect(publisher.createTopic({ name: topic(id) })).rejects.toMatchObject({ code: 3 });
    },
  );

  check('topics come in pages', async () => {
    const { publisher, topic, project } = open();
    for (const id of ['t-1', 't-2', 't-3']) await publisher.createTopic({ name: topic(id) });
    const request = { project: `projects/${project}`, pageSize: 2 };
    const options = { autoPaginate: false };
    const [first, , reply] = await publisher.listTopics(request, options);
    const pageToken = reply?.nextPageToken ?? '';
    const [second] = await publisher.listTopics({ ...request, pageToken }, options);
    expect(first).toHaveLength(2);
    expect(second).toHaveLength(1);
  });

  check('a subscription gets Google’s defaults', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    const [found] = await subscriber.getSubscription({ subscription: name });
    expect(found).toMatchObject({ name, topic: topic('readings'), ackDeadlineSeconds: 10 });
    expect(Number(found.messageRetentionDuration?.seconds)).toBe(7 * 24 * 3600);
    const [names] = await publisher.listTopicSubscriptions({ topic: topic('readings') });
    expect(names).toEqual([name]);
  });

  check('a subscription to a missing topic, or made twice, is refused', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    const name = subscription('all');
    const draft = { name, topic: topic('readings') };
    await expect(subscriber.createSubscription(draft)).rejects.toMatchObject({ code: 5 });
    await publisher.createTopic({ name: topic('readings') });
    await subscriber.createSubscription(draft);
    await expect(subscriber.createSubscription(draft)).rejects.toMatchObject({ code: 6 });
  });

  check('a subscription gets an expiration policy of 31 days', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    const [found] = await subscriber.getSubscription({ subscription: name });
    expect(Number(found.expirationPolicy?.ttl?.seconds)).toBe(31 * 24 * 3600);
  });

  check('a deadline under 10 s is refused', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const draft = { name: subscription('all'), topic: topic('readings'), ackDeadlineSeconds: 5 };
    await expect(subscriber.createSubscription(draft)).rejects.toMatchObject({ code: 3 });
  });

  check('the subscription of a deleted topic stays, on _deleted-topic_', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    await publish('readings', 'a');
    await publisher.deleteTopic({ topic: topic('readings') });
    const [found] = await subscriber.getSubscription({ subscription: name });
    expect(found.topic).toBe('_deleted-topic_');
    expect(await pull('all', 1)).toHaveLength(1);
  });

  check('an update changes what its mask names and nothing else', async () => {
    const { publisher, subscriber, topic, subscription } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings'), labels: { a: 'b' } });
    const [updated] = await subscriber.updateSubscription({
      subscription: { name, ackDeadlineSeconds: 30, labels: { c: 'd' } },
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    expect(updated).toMatchObject({ ackDeadlineSeconds: 30, labels: { a: 'b' } });
    for (const paths of [[], ['no_such_field'], ['topic']]) {
      await expect(
        subscriber.updateSubscription({ subscription: { name }, updateMask: { paths } }),
      ).rejects.toMatchObject({ code: 3 });
    }
  });

  check('a detached subscription loses what it had and cannot be pulled', async () => {
    const { publisher, subscriber, topic, subscription, publish } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    await publish('readings', 'a');
    await publisher.detachSubscription({ subscription: name });
    const [found] = await subscriber.getSubscription({ subscription: name });
    expect(found.detached).toBe(true);
    const request = { subscription: name, maxMessages: 1, returnImmediately: true };
    await expect(subscriber.pull(request)).rejects.toMatchObject({ code: 9 });
  });

  check('an IAM policy is kept, and a stale etag is refused', async () => {
    const { client, publisher, topic } = open();
    await publisher.createTopic({ name: topic('readings') });
    const { iam } = client.topic('readings');
    const [empty] = await iam.getPolicy();
    const bindings = [{ role: 'roles/pubsub.publisher', members: ['user:a@example.com'] }];
    await iam.setPolicy({ bindings });
    const [policy] = await iam.getPolicy();
    expect(policy.bindings).toMatchObject(bindings);
    await expect(iam.setPolicy({ bindings, etag: empty.etag as string })).rejects.toMatchObject({
      code: 10,
    });
    const [allowed] = await iam.testPermissions(['pubsub.topics.publish']);
    expect(allowed).toEqual({ 'pubsub.topics.publish': true });
    await publisher.deleteTopic({ topic: topic('readings') });
    await publisher.createTopic({ name: topic('readings') });
    expect((await iam.getPolicy())[0].bindings).toEqual([]);
  });
});
