import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { startPubSub } from '@plumbline/emulators';
import { connectAsync } from 'mqtt';
import { publishFast } from './devices.ts';

/** One measured figure, as `npm run bench` prints it. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  readonly met: boolean | null;
  readonly reason?: string;
}

const WARM_UP = 5_000;
const MESSAGES = 50_000;
const DEVICES = 50;
const WINDOW = 1_000;
const STALL_MS = 20_000;

interface Measured {
  readonly perSecond: number;
  /** Processor time of the bridge, microseconds a message. */
  readonly bridgeMicros: number;
  readonly perPubSubMessage: number;
}

/** From a publisher at QoS 1 over a broker and the bridge until Pub/Sub has every reading, all on this machine. */
export async function benchGateway(): Promise<Figure[]> {
  const hasMosquitto = spawnSync('mosquitto', ['-h']).error === undefined;
  const ours = await measure(startOurs);
  const theirs = hasMosquitto ? await measure(startMosquitto) : undefined;
  return [
    ...figures('embedded broker with its journal', ours, undefined),
    ...figures('Mosquitto', theirs, 'mosquitto is not installed'),
  ];
}

function figures(broker: string, measured: Measured | undefined, reason?: string): Figure[] {
  const rate = `MQTT at QoS 1 to Pub/Sub, one reading a message, ${broker}`;
  const {
    perSecond = Number.NaN,
    bridgeMicros = Number.NaN,
    perPubSubMessage = 0,
  } = measured ?? {};
  const common = measured === undefined ? { met: null, reason: reason ?? '' } : undefined;
  return [
    {
      what: rate,
      value: perSecond,
      unit: 'messages/s',
      peer: `${perPubSubMessage.toFixed(0)} readings a Pub/Sub message`,
      goal: 'at least 5,000',
      met: 5_000 <= perSecond,
      ...common,
    },
    {
      what: `processor time of the bridge, ${broker}`,
      value: bridgeMicros,
      unit: 'µs a message',
      peer: '',
      goal: 'at most 200, which is 5,000 a second on one core',
      met: bridgeMicros <= 200,
      ...common,
    },
  ];
}

type StartBroker = (port: number, folder: string) => ChildProcess;

async function measure(startBroker: StartBroker): Promise<Measured> {
  const emulator = await startPubSub({ port: 0 });
  const pubsub = new PubSub({ projectId: 'demo', apiEndpoint: emulator.host, emulatorMode: true });
  await Promise.all(['readings', 'readings-dead'].map((name) => pubsub.createTopic(name)));
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  const [port, statusPort] = [await freePort(), await freePort()];
  const broker = startBroker(port, folder);
  const url = `mqtt://127.0.0.1:${port}`;
  await (await persistently(() => connectAsync(url, { reconnectPeriod: 0 }))).endAsync();
  const bridge = spawn(process.execPath, [path('../src/mqtt/main.ts')], {
    stdio: 'ignore',
    env: {
      ...process.env,
      GOOGLE_CLOUD_PROJECT: 'demo',
      PUBSUB_EMULATOR_HOST: emulator.host,
      MQTT_URL: url,
      MQTT_CLIENT_ID: 'bench-bridge',
      STATUS_PORT: String(statusPort),
    },
  });
  try {
    const status = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${statusPort}${path}`);
      if (!response.ok) throw new Error(`the bridge answers ${response.status}`);
      return await response.text();
    };
    await persistently(() => status('/ready'));
    const read = async (metric: string) => {
      const [, value] = new RegExp(`^${metric} (.*)$`, 'm').exec(await status('/metrics')) ?? [];
      return Number(value);
    };
    await send(port, WARM_UP, 0, read);
    const before = {
      cpu: await read('process_cpu_seconds_total'),
      messages: await read('iot_gateway_published_messages_total'),
    };
    const seconds = await send(port, MESSAGES, WARM_UP, read);
    const cpuSeconds = (await read('process_cpu_seconds_total')) - before.cpu;
    const messages = (await read('iot_gateway_published_messages_total')) - before.messages;
    return {
      perSecond: MESSAGES / seconds,
      bridgeMicros: (1e6 * cpuSeconds) / MESSAGES,
      perPubSubMessage: MESSAGES / messages,
    };
  } finally {
    bridge.kill('SIGKILL');
    broker.kill('SIGKILL');
    await pubsub.close();
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds until so many more messages are with Pub/Sub. */
async function send(
  port: number,
  count: number,
  already: number,
  read: (metric: string) => Promise<number>,
): Promise<number> {
  const messages = Array.from({ length: count }, (_, index) => ({
    topic: `sites/A/${index % 4}/dev-${index % DEVICES}/co2`,
    payload: `{"value":${400 + (index % 100)},"timestamp":"${new Date(Date.now() - count + index).toISOString()}"}`,
  }));
  const startMs = performance.now();
  const sending = publishFast(port, messages, WINDOW);
  let lastMs = startMs;
  for (let last = -1; ; ) {
    const published = await read('iot_gateway_published_readings_total');
    if (already + count <= published) break;
    if (last < published) lastMs = performance.now();
    last = published;
    if (STALL_MS < performance.now() - lastMs) {
      throw new Error(`${published - already} of ${count} messages arrived`);
    }
    await sleep(20);
  }
  await sending;
  return (performance.now() - startMs) / 1000;
}

async function persistently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const endMs = performance.now() + STALL_MS; ; await sleep(50)) {
    try {
      return await work();
    } catch (error) {
      if (endMs < performance.now()) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function startOurs(port: number, folder: string): ChildProcess {
  return spawn(process.execPath, [path('../src/broker/main.ts')], {
    stdio: 'ignore',
    env: { ...process.env, PORT: String(port), JOURNAL_DIR: folder },
  });
}

function startMosquitto(port: number, folder: string): ChildProcess {
  // By default it drops what a slow subscriber has not taken after 1,000 messages.
  const config = join(folder, 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'max_queued_messages 0'];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
