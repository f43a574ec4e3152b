import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BigQueryEmulator, startBigQuery } from './bigquery/index.ts';
import type { Emulator } from './emulator.ts';
import {
  bigQueryAt,
  type PubSubEmulator,
  type Limits as PubSubLimits,
  startPubSub,
} from './pubsub/index.ts';
import {
  type Publish,
  type StorageEmulator,
  type StorageLimits,
  startStorage,
} from './storage/index.ts';

export interface EmulatorsOptions {
  /** A folder that keeps everything, durable before each answer. Without it: memory only. */
  readonly dataDir?: string;
  /** 0 (the default of each) takes any free port. */
  readonly ports?: {
    readonly pubsub?: number;
    readonly bigquery?: number;
    /** Of BigQuery's Storage Write API. */
    readonly bigqueryGrpc?: number;
    readonly storage?: number;
  };
  /** What each keeps at most, where that shall differ from the defaults; BigQuery's are fixed. */
  readonly limits?: {
    readonly pubsub?: Partial<PubSubLimits>;
    readonly storage?: Partial<StorageLimits>;
  };
  /** Epoch milliseconds; the only clock of all three. Defaults to the system's. */
  readonly now?: () => number;
  /** The dice of faults with a rate: [0, 1), `Math.random` by default. */
  readonly random?: () => number;
}

/** All three, joined as at Google: buckets notify topics, subscriptions write tables, jobs load objects. */
export interface Emulators {
  readonly pubsub: PubSubEmulator;
  readonly bigquery: BigQueryEmulator;
  readonly storage: StorageEmulator;
  /** The standard variables that point Google's clients here. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when nothing is in flight: first in Cloud Storage, then in Pub/Sub, then in BigQuery. */
  settled(): Promise<void>;
  /** Moves the clock of all three forward, and ends what is over by then. */
  advance(ms: number): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts all three on 127.0.0.1. Rejects, with none left running, when a port or the folder is taken. */
export async function start(options: EmulatorsOptions = {}): Promise<Emulators> {
  const { dataDir, ports = {}, limits = {} } = options;
  const { now: clock = Date.now, random = Math.random } = options;
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  let advancedMs = 0;
  const common = (name: string) => ({
    now: () => clock() + advancedMs,
    random,
    ...(dataDir !== undefined && { dataDir: join(dataDir, name) }),
  });
  const running: Emulator[] = [];
  const started = <One extends Emulator>(emulator: One): One => {
    running.push(emulator);
    return emulator;
  };
  const stop = async () => {
    await Promise.all(running.map((emulator) => emulator.stop()));
  };

  try {
    // Each is told of those that it calls; Cloud Storage learns of Pub/Sub last, as the three form a ring.
    let pubsubHost = '';
    const publish: Publish = (topic, message) => notify(pubsubHost, topic, message);
    const storage = started(
      await startStorage({
        ...common('storage'),
        port: ports.storage ?? 0,
        publish,
        limits: limits.storage ?? {},
      }),
    );
    const bigquery = started(
      await startBigQuery({
        ...common('bigquery'),
        port: ports.bigquery ?? 0,
        grpcPort: ports.bigqueryGrpc ?? 0,
        storageHost: storage.host,
      }),
    );
    const pubsub = started(
      await startPubSub({
        ...common('pubsub'),
        port: ports.pubsub ?? 0,
        bigQuery: bigQueryAt(`http://${bigquery.host}`),
        limits: limits.pubsub ?? {},
      }),
    );
    pubsubHost = pubsub.host;
    return {
      pubsub,
      bigquery,
      storage,
      env: { ...storage.env, ...bigquery.env, ...pubsub.env },
      async settled() {
        for (const emulator of running) await emulator.settled();
      },
      advance(ms) {
        advancedMs += ms;
        pubsub.advance(0);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Sends a notification of a bucket to our own Pub/Sub, over its REST paths. */
async function notify(host: string, topic: string, message: Parameters<Publish>[1]): Promise<void> {
  const messages = [{ ...message, data: message.data.toString('base64') }];
  const response = await fetch(`http://${host}/v1/${topic}:publish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages }),
  });
  if (!response.ok) throw new Error(`${topic}: ${response.status} ${await response.text()}`);
}
