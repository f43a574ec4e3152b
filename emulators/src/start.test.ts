import { expect, onTestFinished, test } from 'vitest';
import { start } from './start.ts';

test('limits go to the emulator that they are of', async () => {
  const { pubsub, storage, stop } = await start({
    limits: { pubsub: { topics: 1 }, storage: { buckets: 1 } },
  });
  onTestFinished(stop);
  const create = (method: string, url: string, body: object) =>
    fetch(url, { method, body: JSON.stringify(body) }).then((reply) => reply.text());
  const topic = (name: string) =>
    create('PUT', `http://${pubsub.host}/v1/projects/p/topics/${name}`, {});
  const bucket = (name: string) =>
    create('POST', `http://${storage.host}/storage/v1/b?project=p`, { name });
  await topic('first');
  expect(await topic('second')).toContain('at most 1 topics (limits.topics)');
  await bucket('first');
  expect(await bucket('second')).toContain('at most 1 buckets (limits.buckets)');
});
