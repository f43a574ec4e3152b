import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Message,
  PubSub,
  type protos,
  type SubscriptionOptions,
  v1,
} from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

/** Google's clients on an emulator, with a project of their own so that tests can share a server. */
export function session(host: string, project = `p-${randomUUID().slice(0, 8)}`) {
  const [servicePath, port] = host.split(':') as [string, string];
  process.env.PUBSUB_EMULATOR_HOST = host;
  const client = new PubSub({ projectId: project });
  const options = {
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    projectId: project,
  };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);
  const schemas = new v1.SchemaServiceClient(options);
  onTestFinished(async () => {
    // Streams that a test opened are closed first, by hooks that were added later.
    await client.close();
    await publisher.close();
    await subscriber.close();
    await schemas.close();
  });
  return {
    client,
    publisher,
    subscriber,
    schemas,
    project,
    topic: (id: string) => `projects/${project}/topics/${id}`,
    subscription: (id: string) => `projects/${project}/subscriptions/${id}`,
    /** Pulls until `count` messages came; they are not acknowledged. */
    async pull(id: string, count: number) {
      const subscription = `projects/${project}/subscriptions/${id}`;
      const messages: protos.google.pubsub.v1.IReceivedMessage[] = [];
      while (messages.length < count) {
        const [reply]: [protos.google.pubsub.v1.IPullResponse, ...unknown[]] =
          await subscriber.pull({
            subscription,
            maxMessages: count - messages.length,
          });
        messages.push(...(reply.receivedMessages ?? []));
      }
      return messages;
    },
    /** Opens a stream on a subscription; every message is handed to `answer`. */
    consume(id: string, answer: (message: Message) => void, options: SubscriptionOptions = {}) {
      const subscription = client.subscription(id, {
        streamingOptions: { maxStreams: 1 },
        ...options,
      });
      const received: Message[] = [];
      subscription.on('error', () => {});
      subscription.on('message', (message) => {
        received.push(message);
        answer(message);
      });
      onTestFinished(() => subscription.close());
      return received;
    },
    async publish(id: string, ...texts: string[]) {
      const messages = texts.map((text) => ({ data: Buffer.from(text) }));
      const [reply] = await publisher.publish({
        topic: `projects/${project}/topics/${id}`,
        messages,
      });
      return reply.messageIds ?? [];
    },
  };
}

export interface Request {
  readonly body: unknown;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** An HTTP endpoint on a free port that answers with `status` and keeps what it was sent. */
export async function endpoint(
  status: (request: Request, count: number) => number | Promise<number>,
) {
  const requests: Request[] = [];
  const server = createServer(async (incoming, response) => {
    let text = '';
    for await (const chunk of incoming) text += chunk;
    const request = { text, body: parsed(text), headers: incoming.headers };
    requests.push(request);
    response.writeHead(await status(request, requests.length)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/push`, requests };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
