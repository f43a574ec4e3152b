import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, PubSub, type Subscription } from '@google-cloud/pubsub';
import {
  findGoogleEmulator,
  type GoogleEmulator,
  startGoogleEmulator,
} from '../conformance/pubsub/google-emulator.ts';
import { startPubSub } from '../src/pubsub/index.ts';

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

/**
 * Speed and memory of the Pub/Sub emulator against Google's, both as processes of their own, with
 * Google's client and messages of 200 bytes. Takes about a minute where Google's emulator is there.
 */
export async function benchPubSub(): Promise<Figure[]> {
  const startMs = await inProcessStartMs();
  await warmUp();
  const ours = await measure(startOurs, startMs);
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
  const pull = figure('pull and acknowledge', 'messages/s', 'pullPerSecond', 'at least 5 times', 5);
  return [
    figure('start, in process', 'ms', 'startMs', 'at most 1/5', 1 / 5),
    figure('publish', 'messages/s', 'publishPerSecond', 'at least as many', 1),
    {
      ...pull,
      // Checked by trying: no server that keeps to the client's limits gets past this.
      reason:
        pull.reason ??
        'the default client pauses at 1,000 messages until its acknowledgements go out every 100 ms: at most 1,999 in such a round, 19,990 messages/s',
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
    const publishPerSecond = await publish(client);
    const pullPerSecond = await consume(client.subscription('default'));
    await publish(client);
    await client.subscription('default').delete();
    const flowControl = { maxMessages: 2 * MESSAGES };
    const opened = client.subscription('opened', { flowControl });
    const openPullPerSecond = await consume(opened, 2 * MESSAGES);
    const memoryMb = residentMb(emulator.pid);
    const latencyMs = await latency(client);
    const startMs = inProcessMs ?? median(starts);
    return { startMs, publishPerSecond, pullPerSecond, openPullPerSecond, latencyMs, memoryMb };
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
  const emulator = await startPubSub();
  process.env.PUBSUB_EMULATOR_HOST = emulator.host;
  const client = new PubSub({ projectId: 'bench' });
  const [topic] = await client.createTopic('readings');
  await topic.createSubscription('opened');
  await publish(client);
  await consume(client.subscription('opened', { flowControl: { maxMessages: MESSAGES } }));
  await client.close();
  await emulator.stop();
}

async function startOurs(): Promise<GoogleEmulator> {
  const main = join(import.meta.dirname, '../conformance/pubsub/serve.main.ts');
  // A small nursery costs no speed here and halves what the process keeps from the system.
  const child = spawn(process.execPath, ['--max-semi-space-size=2', main], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`the emulator exited with ${code}`)));
  });
  return {
    host,
    pid: child.pid as number,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

/** What the system gives the process, in MB of 10^6 bytes. Linux only: 0 elsewhere. */
function residentMb(pid: number): number {
  try {
    const [, kibibytes = '0'] =
      /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (Number(kibibytes) * 1024) / 1e6;
  } catch {
    return 0;
  }
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
