import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Message, PubSub } from '@google-cloud/pubsub';
import { expect, onTestFinished, test } from 'vitest';
import { startPubSub } from './index.ts';

async function start(options: { now?: () => number } = {}) {
  const emulator = await startPubSub(options);
  process.env.PUBSUB_EMULATOR_HOST = emulator.host;
  const client = new PubSub({ projectId: 'p' });
  onTestFinished(async () => {
    await client.close();
    await emulator.stop();
  });
  return { emulator, client };
}

/** An HTTP endpoint that answers with what `status` says and keeps the bodies it got. */
async function endpoint(status: (body: { message: Record<string, string> }) => number) {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    bodies.push(body);
    response.writeHead(status(body)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`, bodies };
}

test('a message published by Google’s client reaches a streaming subscriber with data and attributes', async () => {
  const { client } = await start();
  const [topic] = await client.createTopic('readings');
  const [subscription] = await topic.createSubscription('all');
  const received = new Promise<Message>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      message.ack();
      resolve(message);
    });
  });
  const id = await topic.publishMessage({ data: Buffer.from('21.5 °C'), attributes: { unit: 'C' } });
  const message = await received;
  expect(message).toMatchObject({ id, attributes: { unit: 'C' } });
  expect(message.data.toString()).toBe('21.5 °C');
  expect(message.publishTime.getTime()).toBeGreaterThan(Date.now() - 60_000);
  await subscription.close();
});

test('a push carries the wrapped message and a 204 acknowledges it', async () => {
  const { client, emulator } = await start({ now: () => Date.parse('2026-01-01T12:00:00Z') });
  const { url, bodies } = await endpoint(() => 204);
  const [topic] = await client.createTopic('readings');
  await topic.createSubscription('push', { pushEndpoint: url });
  await topic.publishMessage({ data: Buffer.from('hi'), attributes: { k: 'v' } });
  await emulator.settled();
  expect(bodies).toEqual([
    {
      message: {
        attributes: { k: 'v' },
        data: 'aGk=',
        messageId: '1',
        message_id: '1',
        publishTime: '2026-01-01T12:00:00.000Z',
        publish_time: '2026-01-01T12:00:00.000Z',
      },
      subscription: 'projects/p/subscriptions/push',
    },
  ]);
  expect(emulator.backlog('projects/p/subscriptions/push').size).toBe(0);
});
