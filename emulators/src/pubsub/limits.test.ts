import { expect, onTestFinished, test } from 'vitest';
import { session } from '../../conformance/pubsub/session.ts';
import { type Limits, startPubSub } from './index.ts';

async function start(limits: Partial<Limits>) {
  const emulator = await startPubSub({ limits });
  onTestFinished(() => emulator.stop());
  const call = async (verb: string, path: string, body: unknown = {}) => {
    const url = `http://${emulator.host}/v1/projects/p/${path}`;
    const reply = await fetch(url, { method: verb, body: JSON.stringify(body) });
    return { status: reply.status, text: await reply.text() };
  };
  await call('PUT', 'topics/readings');
  await call('PUT', 'subscriptions/all', { topic: 'projects/p/topics/readings' });
  return { call, emulator };
}

const messages = (...texts: string[]) => ({
  messages: texts.map((text) => ({ data: Buffer.from(text).toString('base64') })),
});

test.each<[keyof Limits, number, string, string, unknown]>([
  ['topics', 1, 'PUT', 'topics/more', {}],
  ['subscriptions', 1, 'PUT', 'subscriptions/more', { topic: 'projects/p/topics/readings' }],
  ['snapshots', 0, 'PUT', 'snapshots/more', { subscription: 'projects/p/subscriptions/all' }],
  ['schemas', 0, 'POST', 'schemas?schemaId=more', { type: 'AVRO', definition: '"string"' }],
  ['streams', 0, 'POST', 'subscriptions/all:pull', { maxMessages: 1 }],
  ['messages', 0, 'POST', 'topics/readings:publish', messages('a')],
  ['backlogBytes', 0, 'POST', 'topics/readings:publish', messages('a')],
])('%s above %i are refused by name', async (name, most, verb, path, body) => {
  const { call } = await start({ [name]: most });
  const { status, text } = await call(verb, path, body);
  expect(status).toBe(429);
  expect(text).toContain('RESOURCE_EXHAUSTED');
  expect(text).toMatch(new RegExp(`at most ${most} [a-z ]+ \\(limits\\.${name}\\)`));
});

test('one stream more than there may be ends with RESOURCE_EXHAUSTED', async () => {
  const { emulator } = await start({ streams: 1 });
  const { subscriber } = session(emulator.host);
  const open = () => {
    const stream = subscriber.streamingPull();
    const subscription = 'projects/p/subscriptions/all';
    stream.write({ subscription, streamAckDeadlineSeconds: 10 });
    onTestFinished(() => {
      stream.destroy();
    });
    return stream;
  };
  const first = open();
  first.on('error', () => {});
  await new Promise((resolve) => first.once('metadata', resolve));
  const second = open();
  const error = await new Promise<{ code: number }>((resolve) => second.once('error', resolve));
  expect(error.code).toBe(8);
});

test('what was acknowledged makes room', async () => {
  const { call } = await start({ messages: 1, backlogBytes: 1 });
  const publish = () => call('POST', 'topics/readings:publish', messages('a'));
  expect((await publish()).status).toBe(200);
  expect((await publish()).status).toBe(429);
  const { text } = await call('POST', 'subscriptions/all:pull', { maxMessages: 1 });
  const ackIds = [JSON.parse(text).receivedMessages[0].ackId];
  await call('POST', 'subscriptions/all:acknowledge', { ackIds });
  expect((await publish()).status).toBe(200);
});
