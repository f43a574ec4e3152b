import { createServer, type Socket } from 'node:net';
import type { Emulator, EmulatorOptions } from '../emulator.ts';
import { LOOPBACK, listenOnLoopback, refuseOnCloudRun } from '../loopback.ts';
import type { BigQueryTables } from './bigquery-client.ts';
import { bigQuerySending } from './bigquery-sender.ts';
import { Broker } from './broker.ts';
import { createCall } from './call.ts';
import { Dispatcher } from './dispatcher.ts';
import { Disuse } from './disuse.ts';
import { notFound } from './errors.ts';
import type { StateEvent } from './events.ts';
import { type Fault, pubSubFaults } from './faults.ts';
import { createGrpcServer } from './grpc-server.ts';
import { iamMethods } from './iam-methods.ts';
import { Journal } from './journal.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { Message } from './message.ts';
import { pubSubMethods } from './methods.ts';
import { Policies } from './policies.ts';
import { PushClient } from './push.ts';
import { Replay } from './replay.ts';
import { deliveryKind, detached } from './resources.ts';
import { createRestServer } from './rest-server.ts';
import { schemaMethods } from './schema-methods.ts';
import { Schemas } from './schemas.ts';
import { Senders } from './senders.ts';
import { sniff } from './sniff.ts';
import type { Subscription } from './state.ts';
import { TokenSigner } from './tokens.ts';
import { loadRpcs } from './wire.ts';

export { type BigQueryTables, bigQueryAt } from './bigquery-client.ts';
export type { Fault } from './faults.ts';
export type { Limits } from './limits.ts';
export type { Message } from './message.ts';

export interface PubSubEmulator extends Emulator {
  /** Where the public keys of push tokens are, a JSON Web Key Set. */
  readonly keysUrl: string;
  /** The same keys in PEM by id, as Google's Node library takes them. */
  readonly pemKeysUrl: string;
  /** The newest messages published to a topic, oldest first: at most 10,000, at most 64 MB. */
  messages(topic: string): Message[];
  /** How many messages of a subscription nobody acknowledged yet, and what they wait for. */
  backlog(subscription: string): { size: number; ready: number; leased: number };
  /**
   * Moves the clock forward: deadlines, backoffs, retention and expiration end as if time had passed.
   * Call it with 0 after moving a `now` of your own.
   */
  advance(ms: number): void;
  /** Makes calls go wrong from now on, replacing earlier faults. An empty list ends them. */
  setFaults(faults: readonly Fault[]): void;
  /** How often faults befell calls since the start, by `METHOD KIND`, e.g. `Publish cut-after`. */
  faultCounts(): Readonly<Record<string, number>>;
}

export interface PubSubOptions extends EmulatorOptions {
  /** Where BigQuery subscriptions write, see `bigQueryAt`. Without it they are refused. */
  readonly bigQuery?: BigQueryTables;
  /** A directory to keep the state in, so that it outlives the process. Without it: memory only. */
  readonly dataDir?: string;
  /** Decides which calls a fault with a rate befalls: [0, 1), `Math.random` by default. */
  readonly random?: () => number;
  /** What it keeps at most, where that shall differ from the defaults. */
  readonly limits?: Partial<Limits>;
}

// The paths on which Google serves its own: https://accounts.google.com/.well-known/openid-configuration
const KEYS_PATH = '/oauth2/v3/certs';
const PEM_KEYS_PATH = '/oauth2/v1/certs';

/**
 * Pub/Sub in this process, gRPC and REST on one port. Google's clients reach it with `env` set and
 * nothing else.
 *
 * What differs from Google: one region and no access control (IAM policies are kept and grant
 * nothing); of an ordering key one message is out at a time on every kind of subscription; backoffs
 * have no jitter; Cloud Storage and Bigtable subscriptions,
 * message transforms and ingestion are refused by name. docs/emulators-pubsub.md has the list.
 */
export async function startPubSub(options: PubSubOptions = {}): Promise<PubSubEmulator> {
  refuseOnCloudRun();
  let advancedMs = 0;
  const clock = options.now ?? Date.now;
  const now = () => clock() + advancedMs;

  const rpcs = loadRpcs();
  const rpcNames = rpcs.map(({ name }) => name);
  const faults = pubSubFaults(options.random ?? Math.random, rpcNames);
  const tokens = new TokenSigner(now);
  const pushes = new PushClient(faults, tokens);
  const dispatcher = new Dispatcher(now);
  const journal = options.dataDir === undefined ? undefined : await Journal.open(options.dataDir);
  let isLoaded = false;
  const record = (event: StateEvent) => {
    policies.apply(event);
    journal?.append(event);
  };
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const schemas = new Schemas(
    now,
    (event) => {
      broker.state.apply(event);
      record(event);
    },
    limits,
  );
  const policies = new Policies(record);
  const { bigQuery } = options;
  const hasBigQuery = bigQuery !== undefined;
  const broker: Broker = new Broker({ now, onChange, record, schemas, hasBigQuery, limits });
  const senders = new Senders(broker, dispatcher, now, (subscription) =>
    deliveryKind(subscription.resource) === 'push'
      ? pushes.sending(subscription)
      : bigQuerySending(subscription, bigQuery),
  );
  const disuse = new Disuse(broker, dispatcher, now);
  const replay = new Replay(broker, now);
  const methods = {
    ...pubSubMethods(broker, replay, dispatcher, now),
    ...schemaMethods(schemas),
    ...iamMethods(broker, replay, schemas, policies),
  };
  const call = createCall(
    methods,
    faults,
    async () => journal?.flushed(),
    (name) => broker.state.subscriptions.get(name)?.backlog.policy.isExactlyOnce === true,
  );

  function onChange(subscription: Subscription): void {
    if (!isLoaded) return;
    const isDeleted = broker.state.subscriptions.get(subscription.name) !== subscription;
    senders.follow(subscription, isDeleted);
    if (isDeleted) dispatcher.end(subscription, notFound(subscription.name));
    else if (subscription.resource.detached) dispatcher.end(subscription, detached());
    else dispatcher.changed(subscription);
  }

  await restore(journal, [broker.state, schemas, policies]);
  const sockets = new Map<string, Socket>();
  const cut = (peer: string) => sockets.get(peer)?.destroy();
  const grpc = createGrpcServer(rpcs, call, { broker, dispatcher, faults, now, cut });
  const rest = createRestServer(rpcs, call, {
    // Scripts ask for this to know that the emulator is up.
    '/': () => ({ emulator: 'pubsub' }),
    [KEYS_PATH]: () => tokens.keySet(),
    [PEM_KEYS_PATH]: () => tokens.pemKeys(),
  });
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.on('close', () => sockets.delete(peer));
    socket.on('error', () => socket.destroy());
    sniff(socket, { http2: grpc.accept, http1: (http1) => rest.emit('connection', http1) });
  });
  const port = await listenOnLoopback(server, options.port ?? 0, 'PUBSUB_PORT').catch(
    async (error) => {
      await journal?.close();
      throw error;
    },
  );
  isLoaded = true;
  for (const subscription of broker.state.subscriptions.values()) onChange(subscription);
  const host = `${LOOPBACK}:${port}`;

  return {
    port,
    host,
    env: { PUBSUB_EMULATOR_HOST: host },
    keysUrl: `http://${host}${KEYS_PATH}`,
    pemKeysUrl: `http://${host}${PEM_KEYS_PATH}`,
    messages: (topic) => broker.topic(topic).history.list(),
    backlog(name) {
      const { backlog } = broker.subscription(name);
      return { size: backlog.size, ready: backlog.readyCount, leased: backlog.leasedCount };
    },
    advance(ms) {
      advancedMs += ms;
      dispatcher.clockMoved();
      disuse.sweep();
    },
    setFaults: faults.set,
    faultCounts: faults.counts,
    settled: () => dispatcher.settled(),
    async stop() {
      dispatcher.stop();
      disuse.stop();
      pushes.stop();
      grpc.server.forceShutdown();
      for (const socket of sockets.values()) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await journal?.close();
    },
  };
}

interface Keeper {
  apply(event: StateEvent): void;
  events(): Iterable<StateEvent>;
}

/** Makes what the journal has kept true again, and from then on keeps what happens. */
async function restore(journal: Journal | undefined, keepers: readonly Keeper[]): Promise<void> {
  try {
    for await (const event of journal?.events() ?? []) {
      for (const keeper of keepers) keeper.apply(event);
    }
    await journal?.begin(() => keepers.flatMap((keeper) => Array.from(keeper.events())));
  } catch (error) {
    await journal?.close();
    throw error;
  }
}
