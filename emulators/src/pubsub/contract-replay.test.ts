import { expect } from 'vitest';
import { contract } from '../../conformance/pubsub/contract.ts';

contract('replay', ({ check, open }) => {
  check('a seek to a snapshot brings back what was unacknowledged then', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull, project } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    await subscriber.createSubscription({ name, topic: topic('readings') });
    await publish('readings', 'a');
    const snapshot = `projects/${project}/snapshots/before`;
    await subscriber.createSnapshot({ name: snapshot, subscription: name });
    const [received] = await pull('all', 1);
    await subscriber.acknowledge({ subscription: name, ackIds: [received?.ackId as string] });
    await publish('readings', 'b');
    await subscriber.seek({ subscription: name, snapshot });
    const messages = await pull('all', 2);
    expect(messages.map(({ message }) => String(message?.data)).sort()).toEqual(['a', 'b']);
    const [listed] = await subscriber.listSnapshots({ project: `projects/${project}` });
    expect(listed.map((entry) => entry.name)).toEqual([snapshot]);
    await subscriber.deleteSnapshot({ snapshot });
  });

  check('a seek to the future acknowledges all', async () => {
    const { publisher, subscriber, topic, subscription, publish } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    const draft = { name, topic: topic('readings'), retainAckedMessages: true };
    await subscriber.createSubscription(draft);
    await publish('readings', 'a');
    const inSeconds = (seconds: number) => ({ seconds: Math.floor(Date.now() / 1000) + seconds });
    await subscriber.seek({ subscription: name, time: inSeconds(60) });
    const request = { subscription: name, maxMessages: 1, returnImmediately: true };
    const [none] = await subscriber.pull(request);
    expect(none.receivedMessages).toEqual([]);
  });

  check('a seek to the past brings back what was acknowledged and is retained', async () => {
    const { publisher, subscriber, topic, subscription, publish, pull } = open();
    await publisher.createTopic({ name: topic('readings') });
    const name = subscription('all');
    const draft = { name, topic: topic('readings'), retainAckedMessages: true };
    await subscriber.createSubscription(draft);
    await publish('readings', 'a');
    const [first] = await pull('all', 1);
    await subscriber.acknowledge({ subscription: name, ackIds: [first?.ackId as string] });
    const time = { seconds: Math.floor(Date.now() / 1000) - 60 };
    await subscriber.seek({ subscription: name, time });
    const [again] = await pull('all', 1);
    expect(String(again?.message?.data)).toBe('a');
  });
});
