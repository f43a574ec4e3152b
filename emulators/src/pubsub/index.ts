import { createServer, type Socket } from 'node:net';
import type { Emulator, EmulatorOptions } from '../emulator.ts';
import { LOOPBACK, listenOnLoopback, refuseOnCloudRun } from '../loopback.ts';
import { Broker } from './broker.ts';
import { Dispatcher } from './dispatcher.ts';
import { notFound } from './errors.ts';
import { createGrpcServer } from './grpc-server.ts';
import type { Message } from './message.ts';
import { pubSubMethods } from './methods.ts';
import { PushSender } from './push.ts';
import { loadRpcs } from './wire.ts';

export type { Message } from './message.ts';

export interface PubSubEmulator extends Emulator {
  /** The newest messages published to a topic, oldest first: at most 10,000, at most 64 MB. */
  messages(topic: string): Message[];
  /** How many messages of a subscription nobody acknowledged yet, and what they wait for. */
  backlog(subscription: string): { size: number; ready: number; leased: number };
  /** Moves the emulator's clock forward: deadlines, backoffs and retention end as if time had passed. */
  advance(ms: number): void;
}

/** Starts Pub/Sub in this process. Google's clients reach it with `env` set and nothing else. */
export async function startPubSub(options: EmulatorOptions = {}): Promise<PubSubEmulator> {
  refuseOnCloudRun();
  let advancedMs = 0;
  const clock = options.now ?? Date.now;
  const now = () => clock() + advancedMs;

  const dispatcher = new Dispatcher(now);
  const pushes = new PushSender(dispatcher, now);
  const broker = new Broker(now, (subscription) => {
    const isDeleted = broker.subscriptions.get(subscription.name) !== subscription;
    pushes.follow(subscription, isDeleted);
    if (isDeleted) dispatcher.end(subscription, notFound(subscription.name));
    else dispatcher.changed(subscription);
  });
  const methods = pubSubMethods(broker, dispatcher, now);
  const grpc = createGrpcServer(loadRpcs(), methods, broker, dispatcher, now);

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    grpc.accept(socket);
  });
  const port = await listenOnLoopback(server, options.port ?? 0, 'PUBSUB_PORT');
  const host = `${LOOPBACK}:${port}`;

  return {
    port,
    host,
    env: { PUBSUB_EMULATOR_HOST: host },
    messages: (topic) => broker.topic(topic).history.list(),
    backlog(name) {
      const { backlog } = broker.subscription(name);
      return { size: backlog.size, ready: backlog.readyCount, leased: backlog.leasedCount };
    },
    advance(ms) {
      advancedMs += ms;
      dispatcher.clockMoved();
    },
    settled: () => dispatcher.settled(),
    async stop() {
      dispatcher.stop();
      pushes.stop();
      grpc.server.forceShutdown();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
