import { type Message, PubSub, type Subscription } from '@google-cloud/pubsub';
import {
  findGoogleEmulator,
  type GoogleEmulator,
  startGoogleEmulator,
} from '../conformance/pubsub/google-emulator.ts';
import { startPubSub } from '../src/pubsub/index.ts';
import { compileOurs, residentMb, startCeiling, startOurs } from './servers.ts';

/** One measurement, beside that of a peer in the same run. `met` is null where the peer is absent. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  readonly met: boolean | null;
  readonly reason?: string;
}

interface Measured {
  readonly startMs: number;
  readonly publishPerSecond: number;
  readonly pullPerSecond: number;
  readonly openPullPerSecond: number;
  readonly latencyMs: number;
  readonly memoryMb: number;
}

const MESSAGES = 50_000;
const PAYLOAD = Buffer.alloc(200, 'x');
const STARTS = 3;
const ROUND_TRIPS = 200;
const WARM_UP_ROUNDS = 4;

/**
 * Speed and memory of the Pub/Sub emulator against Google's, both as processes of their own, with
 * Google's client and messages of 200 bytes: of speeds the best of two or three rounds. Takes one
 * to two minutes where Google's emulator is there.
 */
export async function benchPubSub(): Promise<Figure[]> {
  const startMs = await inProcessStartMs();
  await compileOurs();
  await warmUp();
  const ours = await measure(startOurs, startMs);
  const ceilingPerSecond = await ceiling();
  const google = findGoogleEmulator();
  const peer = 'jar' in google ? await measure(() => startGoogleEmulator(google.jar)) : undefined;
  const reason = 'reason' in google ? `Google's emulator is absent: ${google.reason}` : undefined;

  const figure = (what: string, unit: string, key: keyof Measured, goal: string, ratio: number) => {
    const value = round(ours[key]);
    const peerValue = peer && round(peer[key]);
    // A ratio above 1 asks for more than the peer has, one below 1 for less.
    const isMet = (theirs: number) =>
      ratio < 1 ? value <= ratio * theirs : ratio * theirs <= value;
    return {
      what,
      value,
      unit,
      peer: peerValue === undefined ? 'absent' : `Google's emulator: ${peerValue} ${unit}`,
      goal,
      met: peerValue === undefined ? null : isMet(peerValue),
      ...(reason !== undefined && { reason }),
    };
  };
  const share = ours.pullPerSecond / ceilingPerSecond;
  return [
    figure('start, in process', 'ms', 'startMs', 'at most 1/5', 1 / 5),
    figure('publish', 'messages/s', 'publishPerSecond', 'at least as many', 1),
    figure('pull and acknowledge', 'messages/s', 'pullPerSecond', 'at least 5 times', 5),
    {
      what: 'pull and acknowledge, share of what the client can',
      value: round(share),
      unit: 'of 1',
      peer: `prepared answers instead of an emulator: ${round(ceilingPerSecond)} messages/s`,
      goal: 'at least 0.9',
      met: 0.9 <= share,
    },
    figure(
      'pull and acknowledge, flow control opened',
      'messages/s',
      'openPullPerSecond',
      'at least 5 times',
      5,
    ),
    figure('latency, median', 'ms', 'latencyMs', 'at most 1/4', 1 / 4),
    figure('memory after 100,000 messages', 'MB', 'memoryMb', 'at most 1/3', 1 / 3),
  ];
}

async function measure(
  start: () => Promise<GoogleEmulator>,
  inProcessMs?: number,
): Promise<Measured> {
  const starts: number[] = [];
  for (let count = 1; count < STARTS; count += 1) {
    const startedAt = performance.now();
    const emulator = await start();
    starts.push(performance.now() - startedAt);
    await emulator.stop();
  }
  const startedAt = performance.now();
  const emulator = await start();
  starts.push(performance.now() - startedAt);
  process.env.PUBSUB_EMULATOR_HOST = emulator.host;
  const client = new PubSub({ projectId: 'bench' });
  try {
    const [topic] = await client.createTopic('readings');
    await topic.createSubscription('default');
    await topic.createSubscription('opened');
    const published = await publish(client);
    const pulled = await consume(client.subscription('default'));
    const publishedAgain = await publish(client);
    const pulledAgain = await consume(client.subscription('default'));
    const flowControl = { maxMessages: 2 * MESSAGES };
    const opened = client.subscription('opened', { flowControl });
    const openPulled = await consume(opened, 2 * MESSAGES);
    const memoryMb = residentMb(emulator.pid);
    await client.subscription('default').delete();
    const publishedLast = await publish(client);
    const openPulledAgain = await consume(opened);
    return {
      startMs: inProcessMs ?? median(starts),
      publishPerSecond: Math.max(published, publishedAgain, publishedLast),
      pullPerSecond: Math.max(pulled, pulledAgain),
      openPullPerSecond: Math.max(openPulled, openPulledAgain),
      latencyMs: await latency(client),
      memoryMb,
    };
  } finally {
    await client.close();
    await emulator.stop();
  }
}

/** Messages a second that the default client takes where no server holds it up. */
async function ceiling(): Promise<number> {
  const emulator = await startCeiling(PAYLOAD.length);
  process.env.PUBSUB_EMULATOR_HOST = emulator.host;
  const client = new PubSub({ projectId: 'bench' });
  try {
    const pulled = await consume(client.subscription('default'));
    return Math.max(pulled, await consume(client.subscription('default')));
  } finally {
    await client.close();
    await emulator.stop();
  }
}

async function publish(client: PubSub): Promise<number> {
  const topic = client.topic('readings');
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: MESSAGES }, () => topic.publishMessage({ data: PAYLOAD })),
  );
  return perSecond(MESSAGES, startedAt);
}

async function consume(subscription: Subscription, count = MESSAGES): Promise<number> {
  const startedAt = performance.now();
  let left = count;
  await new Promise<void>((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('message', (message: Message) => {
      message.ack();
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await subscription.close();
  return perSecond(count, startedAt);
}

/** From the call of publish to the arrival, one message at a time, each sent at once. */
async function latency(client: PubSub): Promise<number> {
  const [topic] = await client.createTopic('latency');
  await topic.createSubscription('latency');
  const subscription = client.subscription('latency');
  let arrived = () => {};
  subscription.on('error', () => {});
  subscription.on('message', (message: Message) => {
    message.ack();
    arrived();
  });
  const quick = client.topic('latency', { batching: { maxMessages: 1 } });
  const times: number[] = [];
  for (let count = 0; count < ROUND_TRIPS; count += 1) {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const startedAt = performance.now();
    await quick.publishMessage({ data: PAYLOAD });
    await arrival;
    times.push(performance.now() - startedAt);
  }
  await subscription.close();
  return median(times);
}

async function inProcessStartMs(): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < STARTS; count += 1) {
    const startedAt = performance.now();
    const emulator = await startPubSub();
    times.push(performance.now() - startedAt);
    await emulator.stop();
  }
  return median(times);
}

/** The first to be measured would otherwise pay for the compilation of the client. */
async function warmUp(): Promise<void> {
  const emulator = await startOurs();
  process.env.PUBSUB_EMULATOR_HOST = emulator.host;
  const client = new PubSub({ projectId: 'bench' });
  const [topic] = await client.createTopic('readings');
  await topic.createSubscription('default');
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    await publish(client);
    await consume(client.subscription('default'));
  }
  await client.close();
  await emulator.stop();
}

function perSecond(count: number, startedAt: number): number {
  return (count / (performance.now() - startedAt)) * 1000;
}

function median(values: readonly number[]): number {
  return Array.from(values).sort((a, b) => a - b)[values.length >> 1] as number;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

if (import.meta.main) console.table(await benchPubSub());
