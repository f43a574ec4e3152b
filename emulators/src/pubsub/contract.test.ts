/**
 * What Google documents of Pub/Sub, asked of this emulator and, where it is installed, of Google's
 * own, whose known differences must still be there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  findGoogleEmulator,
  startGoogleEmulator,
} from '../../conformance/pubsub/google-emulator.ts';
import { GOOGLE_EMULATOR_DIFFERS } from '../../conformance/pubsub/known-differences.ts';
import { endpoint, session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

const checked = new Set<string>();
const google = findGoogleEmulator();
if ('reason' in google) console.log(`Google's emulator is not tested: ${google.reason}`);

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'device', type: 'string' },
    { name: 'value', type: 'double' },
  ],
});

const PROTO = 'syntax = "proto3"; message Reading { string device = 1; double value = 2; }';

describe.each([
  { peer: 'ours', start: async () => startPubSub() },
  ...('jar' in google
    ? [{ peer: "Google's emulator", start: () => startGoogleEmulator(google.jar) }]
    : []),
])('$peer', ({ peer, start }) => {
  let server: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  const open = () => session(server.host);
  const check = (name: string, body: () => Promise<void>) => {
    const isDifference = peer !== 'ours' && name in GOOGLE_EMULATOR_DIFFERS;
    (isDifference ? test.fails : test)(name, body);
    checked.add(name);
  };

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

  for (const [type, definition] of [
    ['AVRO', AVRO],
    ['PROTOCOL_BUFFER', PROTO],
  ] as const) {
    check(`a topic with a schema of type ${type} takes only what is valid by it`, async () => {
      const { schemas, publisher, subscriber, topic, subscription, project, pull } = open();
      const parent = `projects/${project}`;
      const [schema] = await schemas.createSchema({
        parent,
        schemaId: 'reading',
        schema: { type, definition },
      });
      await publisher.createTopic({
        name: topic('readings'),
        schemaSettings: { schema: schema.name as string, encoding: 'JSON' },
      });
      await subscriber.createSubscription({ name: subscription('all'), topic: topic('readings') });
      const send = (text: string) =>
        publisher.publish({ topic: topic('readings'), messages: [{ data: Buffer.from(text) }] });
      await send('{"device":"a","value":21.5}');
      await expect(send('{"device":7,"value":21.5}')).rejects.toMatchObject({ code: 3 });
      await expect(send('not JSON')).rejects.toMatchObject({ code: 3 });
      const [received] = await pull('all', 1);
      expect(received?.message?.attributes).toMatchObject({ googclient_schemaencoding: 'JSON' });
      await expect(
        schemas.validateSchema({ parent, schema: { type, definition: 'nonsense' } }),
      ).rejects.toMatchObject({ code: 3 });
    });
  }

  check('a schema has revisions that can be rolled back and deleted', async () => {
    const { schemas, project } = open();
    const parent = `projects/${project}`;
    const schema = { type: 'AVRO' as const, definition: AVRO };
    const [first] = await schemas.createSchema({ parent, schemaId: 'reading', schema });
    const name = first.name as string;
    const place = '{"name":"place","type":"string","default":""}';
    const definition = AVRO.replace(']', `,${place}]`);
    const [second] = await schemas.commitSchema({ name, schema: { ...schema, name, definition } });
    expect(second.revisionId).not.toBe(first.revisionId);
    const [found] = await schemas.getSchema({ name });
    expect(found.definition).toBe(definition);
    const [old] = await schemas.getSchema({ name: `${name}@${first.revisionId}` });
    expect(old.definition).toBe(AVRO);
    const [third] = await schemas.rollbackSchema({ name, revisionId: first.revisionId as string });
    const [listed] = await schemas.listSchemaRevisions({ name });
    const made = [first, second, third].map(({ revisionId }) => revisionId);
    expect(listed.map(({ revisionId }) => revisionId).sort()).toEqual(made.sort());
    await schemas.deleteSchemaRevision({ name: `${name}@${second.revisionId}` });
    await schemas.deleteSchema({ name });
    await expect(schemas.getSchema({ name })).rejects.toMatchObject({ code: 5 });
  });

  check('a revision that does not fit the one before is refused', async () => {
    const { schemas, project } = open();
    const schema = { type: 'AVRO' as const, definition: AVRO };
    const request = { parent: `projects/${project}`, schemaId: 'reading', schema };
    const [{ name }] = await schemas.createSchema(request);
    const definition = AVRO.replace('"double"', '"string"');
    await expect(
      schemas.commitSchema({ name: name as string, schema: { ...schema, definition } }),
    ).rejects.toMatchObject({ code: 3 });
  });

  check('a topic takes revisions of its range, and nothing once its schema is gone', async () => {
    const { schemas, publisher, project, topic } = open();
    const place = '{"name":"place","type":"string","default":""}';
    const definition = AVRO.replace(']', `,${place}]`);
    const schema = { type: 'AVRO' as const, definition };
    const request = { parent: `projects/${project}`, schemaId: 'reading', schema };
    const [first] = await schemas.createSchema(request);
    const name = first.name as string;
    await schemas.commitSchema({ name, schema: { ...schema, name, definition: AVRO } });
    const readings = topic('readings');
    const settings = { schema: name, encoding: 'JSON' as const };
    const unknown = { ...settings, firstRevisionId: '12345678' };
    await expect(
      publisher.createTopic({ name: readings, schemaSettings: unknown }),
    ).rejects.toMatchObject({ code: 5 });
    const upToFirst = { ...settings, lastRevisionId: first.revisionId as string };
    await publisher.createTopic({ name: readings, schemaSettings: upToFirst });
    const send = (text: string) =>
      publisher.publish({ topic: readings, messages: [{ data: Buffer.from(text) }] });
    const recent = '{"device":"a","value":1}';
    await send('{"device":"a","value":1,"place":"b"}');
    await expect(send(recent)).rejects.toMatchObject({ code: 3 });
    await publisher.updateTopic({
      topic: { name: readings, schemaSettings: settings },
      updateMask: { paths: ['schema_settings'] },
    });
    await send(recent);
    await schemas.deleteSchema({ name });
    const [found] = await publisher.getTopic({ topic: readings });
    expect(found.schemaSettings?.schema).toBe('_deleted-schema_');
    await expect(send(recent)).rejects.toMatchObject({ code: 5 });
  });
});

test('every known difference is a case above', () => {
  expect(Object.keys(GOOGLE_EMULATOR_DIFFERS).filter((name) => !checked.has(name))).toEqual([]);
});
