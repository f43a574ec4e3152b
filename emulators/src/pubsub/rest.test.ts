import { expect, onTestFinished, test } from 'vitest';
import { startPubSub } from './index.ts';

async function start() {
  const emulator = await startPubSub({ now: () => Date.parse('2026-01-01T12:00:00.5Z') });
  onTestFinished(() => emulator.stop());
  return async (verb: string, path: string, body?: unknown) => {
    const reply = await fetch(`http://${emulator.host}/v1/${path}`, {
      method: verb,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, json: (await reply.json()) as Record<string, unknown> };
  };
}

test('REST makes, publishes, pulls and acknowledges as Google documents it', async () => {
  const rest = await start();
  const topic = { name: 'projects/p/topics/readings', labels: { team: 'a' } };
  expect(await rest('PUT', topic.name, { labels: { team: 'a' } })).toEqual({
    status: 200,
    json: { ...topic, state: 'ACTIVE' },
  });
  const subscription = await rest('PUT', 'projects/p/subscriptions/all', {
    topic: topic.name,
    message_retention_duration: '600.5s',
    retryPolicy: { minimumBackoff: '1s' },
  });
  expect(subscription.json).toEqual({
    name: 'projects/p/subscriptions/all',
    topic: topic.name,
    ackDeadlineSeconds: 10,
    messageRetentionDuration: '600.5s',
    expirationPolicy: { ttl: '2678400s' },
    retryPolicy: { minimumBackoff: '1s', maximumBackoff: '600s' },
    state: 'ACTIVE',
  });
  const published = await rest('POST', `${topic.name}:publish`, {
    messages: [{ data: 'aGk=', attributes: { k: 'v' } }],
  });
  expect(published.json).toEqual({ messageIds: ['1'] });
  const pulled = await rest('POST', 'projects/p/subscriptions/all:pull', { maxMessages: 10 });
  expect(pulled.json).toEqual({
    receivedMessages: [
      {
        ackId: expect.any(String),
        message: {
          data: 'aGk=',
          attributes: { k: 'v' },
          messageId: '1',
          publishTime: '2026-01-01T12:00:00.500Z',
        },
      },
    ],
  });
  const [{ ackId }] = pulled.json.receivedMessages as [{ ackId: string }];
  const path = 'projects/p/subscriptions/all:acknowledge';
  expect(await rest('POST', path, { ackIds: [ackId] })).toEqual({ status: 200, json: {} });
});

test('lists take their page from the query', async () => {
  const rest = await start();
  for (const id of ['one', 'two']) await rest('PUT', `projects/p/topics/${id}`, {});
  const first = await rest('GET', 'projects/p/topics?pageSize=1&alt=json');
  expect(first.json.topics).toMatchObject([{ name: 'projects/p/topics/one' }]);
  const second = await rest('GET', `projects/p/topics?pageToken=${first.json.nextPageToken}`);
  expect(second.json.topics).toMatchObject([{ name: 'projects/p/topics/two' }]);
});

test.each([
  ['GET', 'projects/p/topics/none', undefined, 404, 'NOT_FOUND'],
  ['PUT', 'projects/p/topics/readings', { nonsense: 1 }, 400, 'INVALID_ARGUMENT'],
  ['PUT', 'projects/p/topics/readings', { labels: 'a' }, 400, 'INVALID_ARGUMENT'],
  ['PUT', 'projects/p/topics/1', {}, 400, 'INVALID_ARGUMENT'],
  ['POST', 'projects/p/topics/readings:fly', {}, 501, 'UNIMPLEMENTED'],
])('%s %s %j answers %i %s in Google’s shape', async (verb, path, body, code, status) => {
  const rest = await start();
  const reply = await rest(verb, path, body);
  expect(reply.status).toBe(code);
  expect(reply.json).toEqual({ error: { code, status, message: expect.stringMatching(/\w/) } });
});

test('a field that does not exist is named', async () => {
  const rest = await start();
  const { json } = await rest('PUT', 'projects/p/subscriptions/all', {
    pushConfig: { pushEndpiont: 'http://127.0.0.1/' },
  });
  expect(json.error).toMatchObject({
    message: `Invalid JSON payload received. Unknown name "pushEndpiont" at 'pushConfig': Cannot find field.`,
  });
});

test('a body over 10 MB is refused', async () => {
  const rest = await start();
  await rest('PUT', 'projects/p/topics/readings', {});
  const { status, json } = await rest('POST', 'projects/p/topics/readings:publish', {
    messages: [{ data: 'a'.repeat(11_000_000) }],
  });
  expect(status).toBe(400);
  expect(json.error).toMatchObject({
    message: 'Request payload size exceeds the limit: 10485760 bytes.',
  });
});

test.each([
  ['that resolves its own name to this machine', { host: 'evil.example' }],
  ['that posts without reading the answer', { origin: 'https://evil.example' }],
  ['without an origin to show, such as a file', { origin: 'null' }],
])('a web page %s is refused', async (_, headers) => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const { request } = await import('node:http');
  const status = await new Promise((resolve) => {
    const options = { port: emulator.port, path: '/v1/projects/p/topics', headers };
    request(options, (reply) => resolve(reply.statusCode)).end();
  });
  expect(status).toBe(400);
});
